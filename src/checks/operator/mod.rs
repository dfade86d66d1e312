//! The Spark operator and its custom resources.

mod denied_property;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[denied_property::CHECK];
