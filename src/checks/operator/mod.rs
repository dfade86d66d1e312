//! The Spark operator and its custom resources.

mod batch_scheduler_off;
mod denied_property;
mod executor_template_missing;
mod file_scheme;
mod main_file_without_scheme;
mod namespace_unwatched;
mod operator_memory;
mod resource_name;
mod shell_unsafe_value;

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
];
