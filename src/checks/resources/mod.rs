//! Memory, cores and where pods fit.

mod limits_removed;
mod unschedulable;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[limits_removed::CHECK, unschedulable::CHECK];
