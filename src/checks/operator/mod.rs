//! The Spark operator and its custom resources.

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[];
