//! What Kubernetes and its admission ask of pods.

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[];
