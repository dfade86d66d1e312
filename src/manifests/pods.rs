//! What pods have alike.

use crate::document::Sourced;

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
}
