//! What is inside an image, and what must be.

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[];
