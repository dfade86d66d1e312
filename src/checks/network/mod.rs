//! Which traffic passes.

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[];
