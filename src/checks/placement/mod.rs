//! The nodes that pods run on, what happens when these go, and the space that they have there.

mod claim_incomplete;
mod claim_of_one_node;
mod claim_without_group;
mod decommission_grace;
mod decommission_script_unknown;
mod driver_on_spot;
mod gpu_unseen;
mod gpu_without_vendor;
mod grace_period_lost;
mod lifecycle_over_decommission;
mod local_dir_kind;
mod no_node_admits;
mod node_pool_too_small;
mod recovery_mount_shallow;
mod scratch_in_memory;
mod scratch_unlimited;
mod template_file_overwritten;
mod webhook_field_lost;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    no_node_admits::CHECK,
    node_pool_too_small::CHECK,
    driver_on_spot::CHECK,
    decommission_grace::CHECK,
    grace_period_lost::CHECK,
    lifecycle_over_decommission::CHECK,
    decommission_script_unknown::CHECK,
    gpu_without_vendor::CHECK,
    gpu_unseen::CHECK,
    template_file_overwritten::CHECK,
    webhook_field_lost::CHECK,
    claim_incomplete::CHECK,
    local_dir_kind::CHECK,
    recovery_mount_shallow::CHECK,
    scratch_unlimited::CHECK,
    scratch_in_memory::CHECK,
    claim_without_group::CHECK,
    claim_of_one_node::CHECK,
];
