//! The nodes that pods run on, and what happens when these go.

mod driver_on_spot;
mod no_node_admits;
mod node_pool_too_small;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    no_node_admits::CHECK,
    node_pool_too_small::CHECK,
    driver_on_spot::CHECK,
];
