//! What pods have alike.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor},
};

use super::PodOptions;
use crate::{
    document::Sourced,
    kubernetes::{Memory, SubdomainName},
};

/// What all pods of one object have alike, wherever they are written. `passes/pods.rs` writes it.
#[derive(Clone, Debug)]
pub struct PodSettings {
    /// The image of their containers, with tag and digest.
    pub image: Sourced<String>,
    /// When to pull it: `IfNotPresent`, `Always` or `Never`.
    pub pull_policy: Sourced<String>,
    /// The name of the Secret that the registry asks for.
    pub pull_secret: Option<Sourced<String>>,
    /// The user that their processes run as, which is also their group.
    pub user: Sourced<u32>,
    /// What else the spec says of them.
    pub plan: PodPlan,
    /// What else the spec says of the executors, where the object makes those too.
    pub executors: PodPlan,
}

impl PodSettings {
    /// The same with what the spec says of the pods.
    #[must_use]
    pub fn plan(self, plan: PodPlan) -> Self {
        Self { plan, ..self }
    }

    /// The same with what the spec says of the executors.
    #[must_use]
    pub fn executors(self, executors: PodPlan) -> Self {
        Self { executors, ..self }
    }
}

/// All that a spec says of pods of one kind: the words of their workload, and its table `pod`.
#[derive(Clone, Debug, Default)]
pub struct PodPlan {
    /// The nodes that they run on.
    pub node_pools: NodePools,
    /// How long they may take to end, in seconds; as long as Kubernetes gives every pod, when none.
    pub grace_period: Option<Sourced<u32>>,
    /// How a batch scheduler takes them, when they are in a queue.
    pub queue: Option<PodQueue>,
    /// Where Spark puts what does not fit into memory, where the pod says it.
    pub scratch: Option<ScratchVolume>,
    /// The table `pod`.
    pub options: PodOptions,
}

/// A volume for Spark's local folders.
#[derive(Clone, Debug)]
pub struct ScratchVolume {
    /// What it is.
    pub source: Sourced<ScratchSource>,
    /// How much it may hold.
    pub size: Sourced<Memory>,
    /// Where containers see it.
    pub path: &'static str,
}

/// What a volume for Spark's local folders is.
#[derive(Clone, Debug)]
pub enum ScratchSource {
    /// Space on the disk of the node.
    Disk,
    /// Space in its memory.
    Memory,
    /// A volume of a storage class that goes with the pod.
    Ephemeral(Sourced<SubdomainName>),
    /// A folder of the node.
    Host(Sourced<String>),
}

impl PodPlan {
    /// The plan of pods that have no words but those of every workload.
    #[must_use]
    pub fn new(node_pools: &NodePools, options: &PodOptions) -> Self {
        Self {
            node_pools: node_pools.clone(),
            options: options.clone(),
            ..Self::default()
        }
    }

    /// The same in a queue.
    #[must_use]
    pub fn queue(self, queue: Option<PodQueue>) -> Self {
        Self { queue, ..self }
    }
}

/// A batch scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum BatchScheduler {
    /// Apache `YuniKorn`.
    Yunikorn,
    /// Volcano.
    Volcano,
    /// Kueue, which schedules nothing and holds pods back.
    Kueue,
}

impl BatchScheduler {
    /// What pods and the operator call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Yunikorn => "yunikorn",
            Self::Volcano => "volcano",
            Self::Kueue => "kueue",
        }
    }
}

/// What pods say to a batch scheduler.
#[derive(Clone, Debug, Default)]
pub struct PodQueue {
    /// The scheduler's name, unless Kubernetes' own schedules them.
    pub scheduler: Option<Sourced<String>>,
    /// Their labels for it.
    pub labels: Vec<(&'static str, Sourced<String>)>,
    /// Their annotations for it.
    pub annotations: Vec<(&'static str, Sourced<String>)>,
}

impl PodQueue {
    /// Adds a label.
    pub fn label(&mut self, key: &'static str, value: Sourced<String>) {
        self.labels.push((key, value));
    }

    /// Adds an annotation.
    pub fn annotation(&mut self, key: &'static str, value: Sourced<String>) {
        self.annotations.push((key, value));
    }
}

/// The pools of nodes that pods may run on, as entries of `cluster.node-pools`; all, when none is named.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodePools(Vec<Sourced<String>>);

impl NodePools {
    /// Whether none is named.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[Sourced<String>] {
        &self.0
    }
}

/// A name or a list of names.
enum OneOrMore {
    One(String),
    More(Vec<Sourced<String>>),
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;

        impl<'de> Visitor<'de> for Names {
            type Value = OneOrMore;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a name or a list of names")
            }

            fn visit_str<E>(self, name: &str) -> Result<OneOrMore, E> {
                Ok(OneOrMore::One(name.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMore, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = list.next_element()? {
                    names.push(name);
                }
                Ok(OneOrMore::More(names))
            }
        }

        deserializer.deserialize_any(Names)
    }
}

impl<'de> Deserialize<'de> for NodePools {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Sourced { value, origins } = Sourced::deserialize(deserializer)?;
        Ok(Self(match value {
            OneOrMore::One(name) => vec![Sourced::new(name, origins)],
            OneOrMore::More(names) => names,
        }))
    }
}

impl Serialize for NodePools {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl JsonSchema for NodePools {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NodePools".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let name = json_schema!({"type": "string", "x-kiln-reference": "cluster.node-pools"});
        json_schema!({
            "anyOf": [name, {"type": "array", "items": name, "minItems": 1, "uniqueItems": true}],
        })
    }
}
