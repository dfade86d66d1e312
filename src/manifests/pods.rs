//! What pods have alike.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    document::Sourced,
    values::{Annotations, Labels},
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
    pub options: PodOptions,
    /// What else the spec says of the executors, where the object makes those too.
    pub executors: PodOptions,
}

impl PodSettings {
    /// The same with what the spec says of the pods.
    #[must_use]
    pub fn options(self, options: &PodOptions) -> Self {
        let options = options.clone();
        Self { options, ..self }
    }

    /// The same with what the spec says of the executors.
    #[must_use]
    pub fn executors(self, options: &PodOptions) -> Self {
        let executors = options.clone();
        Self { executors, ..self }
    }
}

/// What a pod says beside what kiln does.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PodOptions {
    /// Labels of the pods, beside those that kiln and Spark set.
    pub labels: Labels,
    /// Annotations of the pods.
    pub annotations: Annotations,
}
