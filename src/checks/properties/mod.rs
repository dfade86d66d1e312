//! Spark's properties: their names, their values, and what they do to each other.

mod unknown_property;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[unknown_property::CHECK];
