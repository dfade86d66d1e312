//! S3, event logs and who reads them.

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[];
