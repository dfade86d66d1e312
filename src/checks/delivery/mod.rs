//! What engines that sync a folder do with objects.

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[];
