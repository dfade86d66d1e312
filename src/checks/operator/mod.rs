//! The Spark operator and its custom resources.

mod batch_scheduler_off;
mod defaults_file_ignored;
mod denied_property;
mod executor_template_missing;
mod file_scheme;
mod main_file_without_scheme;
mod mount_path_taken;
mod namespace_unwatched;
mod operator_memory;
mod operator_without_tmp;
mod resource_name;
mod shell_unsafe_value;
mod timeout_of_nothing;

use super::Check;

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    denied_property::CHECK,
    namespace_unwatched::CHECK,
    executor_template_missing::CHECK,
    shell_unsafe_value::CHECK,
    resource_name::CHECK,
    main_file_without_scheme::CHECK,
    operator_memory::CHECK,
    batch_scheduler_off::CHECK,
    file_scheme::CHECK,
    mount_path_taken::CHECK,
    operator_without_tmp::CHECK,
    defaults_file_ignored::CHECK,
    timeout_of_nothing::CHECK,
];
