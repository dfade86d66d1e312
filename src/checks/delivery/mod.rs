//! What engines that sync a folder do with objects.

mod claim_template_drift;
mod destructive_option;
mod immutable_job;
mod left_over_hook;
mod live_field;
mod replicas_disputed;
mod skipped_by_marker;
mod tracked_elsewhere;
mod ttl_recreated;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    ttl_recreated::CHECK,
    live_field::CHECK,
    skipped_by_marker::CHECK,
    tracked_elsewhere::CHECK,
    claim_template_drift::CHECK,
    left_over_hook::CHECK,
    destructive_option::CHECK,
    immutable_job::CHECK,
    replicas_disputed::CHECK,
];
