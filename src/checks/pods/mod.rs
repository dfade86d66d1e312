//! What Kubernetes and its admission ask of pods.

mod container_field_in_pod;
mod key_not_in_source;
mod mesh_sidecar;
mod nameless_reference;
mod pod_security;
mod selector_mismatch;
mod service_links;
mod user_by_name;
mod user_unknown;
mod variable_set_twice;
mod volume_missing;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    pod_security::CHECK,
    container_field_in_pod::CHECK,
    user_by_name::CHECK,
    service_links::CHECK,
    mesh_sidecar::CHECK,
    user_unknown::CHECK,
    selector_mismatch::CHECK,
    nameless_reference::CHECK,
    variable_set_twice::CHECK,
    key_not_in_source::CHECK,
    volume_missing::CHECK,
];
