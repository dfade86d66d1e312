//! What the API server's validation asks beyond the structure of a kind.

mod refused_value;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[refused_value::CHECK];
