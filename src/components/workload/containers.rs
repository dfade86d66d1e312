//! How large the containers of Spark are, and how many executors there are: as a spec says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Scratch;
use crate::{
    document::{Node, Sourced},
    kubernetes::{CpuQuantity, Memory},
    manifests::{NodePools, PodOptions, PodPlan},
    values::SparkDuration,
};

/// A Spark driver's container.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DriverContainer {
    /// How many tasks of its own the driver runs at once, and the cores that it requests.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub cores: Sourced<u32>,
    /// The container's memory. The heap is what the overhead leaves.
    pub memory: Sourced<Memory>,
    /// What the driver needs beside its heap. When absent: a tenth of the heap, or two fifths where
    /// tasks run in the driver itself, and at least 384Mi.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overhead: Option<Sourced<Memory>>,
    /// The cores that it requests of Kubernetes, when they are not as many as its tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_request: Option<Sourced<CpuQuantity>>,
    /// The cores that it may use; as many as the node has when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_limit: Option<Sourced<CpuQuantity>>,
    /// The pools of nodes that it may run on: an entry of `cluster.node-pools`, or several.
    #[serde(skip_serializing_if = "NodePools::is_empty")]
    pub node_pool: NodePools,
    /// What its pod says beside what kiln does.
    pub pod: PodOptions,
}

impl DriverContainer {
    /// The cores that its container requests.
    #[must_use]
    pub fn requested_cores(&self) -> Node {
        let request = self.cpu_request.as_ref();
        request.map_or_else(|| (&self.cores).into(), Into::into)
    }

    /// All that is said of its pod.
    #[must_use]
    pub fn plan(&self) -> PodPlan {
        PodPlan::new(&self.node_pool, &self.pod)
    }
}

impl Default for DriverContainer {
    fn default() -> Self {
        Self {
            cores: Sourced::constant(1),
            memory: Sourced::constant("2Gi".parse().expect("2Gi is an amount of memory")),
            overhead: None,
            cpu_request: None,
            cpu_limit: None,
            node_pool: NodePools::default(),
            pod: PodOptions::default(),
        }
    }
}

/// A Spark executor's container.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Executor {
    /// How many tasks it runs at once, and the cores that it requests.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub cores: Sourced<u32>,
    /// The container's memory. The heap is what the overhead leaves.
    pub memory: Sourced<Memory>,
    /// What the executor needs beside its heap: Python workers live there. Two fifths of the heap,
    /// and at least 384Mi, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overhead: Option<Sourced<Memory>>,
    /// The cores that it requests of Kubernetes, when they are not as many as its tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_request: Option<Sourced<CpuQuantity>>,
    /// The cores that it may use; as many as the node has when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_limit: Option<Sourced<CpuQuantity>>,
    /// How many executors there are, when their number is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub instances: Option<Sourced<u32>>,
    /// Where it puts shuffles and what does not fit into memory; in its own files when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scratch: Option<Sourced<Scratch>>,
    /// The pools of nodes that it may run on: an entry of `cluster.node-pools`, or several.
    #[serde(skip_serializing_if = "NodePools::is_empty")]
    pub node_pool: NodePools,
    /// What its pod says beside what kiln does.
    pub pod: PodOptions,
}

impl Executor {
    /// All that is said of its pod.
    #[must_use]
    pub fn plan(&self) -> PodPlan {
        PodPlan::new(&self.node_pool, &self.pod)
    }
}

impl Default for Executor {
    fn default() -> Self {
        Self {
            cores: Sourced::constant(1),
            memory: Sourced::constant("2Gi".parse().expect("2Gi is an amount of memory")),
            overhead: None,
            cpu_request: None,
            cpu_limit: None,
            instances: None,
            scratch: None,
            node_pool: NodePools::default(),
            pod: PodOptions::default(),
        }
    }
}

/// How the number of executors follows the work.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DynamicAllocation {
    /// The least number. With 0, a server listens without waiting for executors.
    #[serde(default = "zero")]
    pub min: Sourced<u32>,
    /// The greatest number.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub max: Sourced<u32>,
    /// How long an idle executor that holds shuffle data stays, when its data is tracked. Spark's own
    /// default is for ever.
    #[serde(default = "half_an_hour")]
    pub shuffle_timeout: Sourced<SparkDuration>,
}

const fn zero() -> Sourced<u32> {
    Sourced::constant(0)
}

fn half_an_hour() -> Sourced<SparkDuration> {
    Sourced::constant("30min".parse().expect("30min is a span of time"))
}
