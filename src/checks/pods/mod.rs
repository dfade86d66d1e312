//! What Kubernetes and its admission ask of pods.

mod container_field_in_pod;
mod mesh_sidecar;
mod pod_security;
mod service_links;
mod user_by_name;
mod user_unknown;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    pod_security::CHECK,
    container_field_in_pod::CHECK,
    user_by_name::CHECK,
    service_links::CHECK,
    mesh_sidecar::CHECK,
    user_unknown::CHECK,
];
