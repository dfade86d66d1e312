//! Scratch space: where Spark puts shuffles and what does not fit into memory.
//!
//! Spark takes every volume whose name begins with `spark-local-dir-` for its local folders
//! (`LocalDirsFeatureStep`), also one of a pod template. So the template says it, in every form alike; but for
//! claims that each executor gets from its driver, which only properties make (`MountVolumesFeatureStep`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Properties;
use crate::{
    document::Sourced,
    kubernetes::{Memory, SubdomainName},
    manifests::{ScratchSource, ScratchVolume},
};

/// Where the volume is seen.
const PATH: &str = "/var/data/scratch";
/// Where it is seen when its data may be found again: a new executor looks for the folders of others two levels
/// below the root of the volume (`KubernetesLocalDiskShuffleExecutorComponents`).
const RECOVERABLE: &str = "/var/data/spark-scratch/executor-scratch";

/// Scratch space of executors.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scratch {
    /// Where it lies: on the disk of the node (`disk`), in memory beside the container's (`memory`), on a volume
    /// that goes with the pod (`ephemeral`), on one that the driver claims for each executor and hands to the
    /// next (`claim`), or in a folder of the node (`host`), such as on a local SSD, which Pod Security lets only
    /// `privileged` namespaces do.
    #[serde(default)]
    #[schemars(extend("default" = "disk"))]
    medium: Sourced<Medium>,
    /// How much it may hold. A pod that writes more to its node is evicted.
    size: Sourced<Memory>,
}

/// Where scratch space lies.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(inline)]
enum Medium {
    /// The disk of the node.
    #[default]
    Disk,
    /// Memory beside that of the container.
    Memory,
    /// A volume that goes with the pod.
    Ephemeral {
        /// The storage class.
        class: Sourced<SubdomainName>,
    },
    /// A volume that the driver claims.
    Claim {
        /// The storage class.
        class: Sourced<SubdomainName>,
        /// Whether a new executor finds the shuffle data of the one whose volume it gets.
        #[serde(default)]
        recover: Sourced<bool>,
    },
    /// A folder of the node.
    Host {
        /// The folder, which belongs to the image's user.
        #[schemars(regex(pattern = r"^/[^:]*$"), example = "/mnt/nvme/spark")]
        folder: Sourced<String>,
    },
}

impl Scratch {
    /// The volume that the pods' template says; none where properties say it.
    #[must_use]
    pub fn volume(&self) -> Option<ScratchVolume> {
        let source = match &self.medium.value {
            Medium::Disk => ScratchSource::Disk,
            Medium::Memory => ScratchSource::Memory,
            Medium::Ephemeral { class } => ScratchSource::Ephemeral(class.clone()),
            Medium::Host { folder } => ScratchSource::Host(folder.clone()),
            Medium::Claim { .. } => return None,
        };
        Some(ScratchVolume {
            source: Sourced::new(source, self.medium.origins.clone()),
            size: self.size.clone(),
            path: PATH,
        })
    }

    /// What it takes of a node's memory beside the container's own.
    #[must_use]
    pub fn in_memory(&self) -> Option<&Sourced<Memory>> {
        matches!(*self.medium, Medium::Memory).then_some(&self.size)
    }
}

impl Properties {
    /// The scratch space of executors that properties make.
    pub fn executor_scratch(&mut self, scratch: Option<&Sourced<Scratch>>) {
        const INSTEAD: &str = "it follows from `executor.scratch`";
        let Some(scratch) = scratch else { return };
        let Medium::Claim { class, recover } = &scratch.medium.value else {
            return;
        };
        let key = |option: &str| {
            format!(
                "spark.kubernetes.executor.volumes.persistentVolumeClaim.spark-local-dir-1.{option}"
            )
        };
        let by = &scratch.medium.origins;
        let path = recover.map(|it| if *it { RECOVERABLE } else { PATH });
        self.set(&key("mount.path"), path.with_origin(by), INSTEAD);
        let on_demand = Sourced::new("OnDemand", by.clone());
        self.set(&key("options.claimName"), on_demand, INSTEAD);
        let class = class.clone().chosen_by(by);
        self.set(&key("options.storageClass"), class, INSTEAD);
        let size = scratch.size.clone().chosen_by(by);
        self.set(&key("options.sizeLimit"), size, INSTEAD);
        if recover.value {
            let origins = recover.origins.clone().chosen_by(by);
            let plugin = "org.apache.spark.shuffle.KubernetesLocalDiskShuffleDataIO";
            self.set(
                "spark.shuffle.sort.io.plugin.class",
                Sourced::new(plugin, origins),
                "it follows from `executor.scratch.recover`",
            );
        }
    }
}
