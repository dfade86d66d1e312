//! Memory, cores and where pods fit.

mod executors_exceed_nodes;
mod executors_exceed_quota;
mod heap_exceeds_limit;
mod limits_removed;
mod memory_unit;
mod minimum_memory;
mod objects_exceed_quota;
mod outside_limit_range;
mod overhead_exceeds_limit;
mod python_overhead;
mod quota_needs_limit;
mod quota_too_small;
mod request_exceeds_limit;
mod rollout_exceeds_quota;
mod unschedulable;
mod worker_exceeds_limit;

use super::{Check, sum};
use crate::kubernetes::Quantity;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    limits_removed::CHECK,
    unschedulable::CHECK,
    memory_unit::CHECK,
    heap_exceeds_limit::CHECK,
    overhead_exceeds_limit::CHECK,
    minimum_memory::CHECK,
    quota_needs_limit::CHECK,
    request_exceeds_limit::CHECK,
    executors_exceed_quota::CHECK,
    outside_limit_range::CHECK,
    python_overhead::CHECK,
    executors_exceed_nodes::CHECK,
    quota_too_small::CHECK,
    rollout_exceeds_quota::CHECK,
    objects_exceed_quota::CHECK,
    worker_exceeds_limit::CHECK,
];

/// So many of an amount, in words.
fn times(count: u64, one: Quantity) -> String {
    match count {
        1 => one.to_string(),
        _ => format!("{count} × {one}"),
    }
}
