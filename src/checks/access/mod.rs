//! Who may do what: ServiceAccounts, tokens, Roles and their bindings.

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[];
