//! Spark's properties: their names, their values, and what they do to each other.

mod executors_out_of_range;
mod malformed_value;
mod not_a_spark_property;
mod property_deprecated;
mod property_of_later_version;
mod property_overridden;
mod property_removed;
mod property_without_effect;
mod refused_java_option;
mod unexpanded_placeholder;
mod unknown_property;
mod unset_variable;

use super::Check;
use crate::{
    platform::{Platform, Program, Property},
    spark::registry::Problem,
};

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    unknown_property::CHECK,
    property_of_later_version::CHECK,
    property_removed::CHECK,
    property_deprecated::CHECK,
    malformed_value::CHECK,
    not_a_spark_property::CHECK,
    unexpanded_placeholder::CHECK,
    unset_variable::CHECK,
    property_without_effect::CHECK,
    property_overridden::CHECK,
    executors_out_of_range::CHECK,
    refused_java_option::CHECK,
];

/// What the registry has against each property of each program.
fn problems<'p>(
    platform: &'p Platform<'_>,
) -> impl Iterator<Item = (&'p Program<'p>, &'p Property<'p>, &'p Problem)> {
    platform.programs().iter().flat_map(|program| {
        program.properties.iter().flat_map(move |property| {
            let problems = property.problems.iter();
            problems.map(move |it| (program, property, it))
        })
    })
}

/// Whether a text is the work of a template that is still to be rendered.
fn is_template(text: &str) -> bool {
    text.contains("{{")
}

/// What stands between `${` and `}` in a value.
fn references(value: &str) -> impl Iterator<Item = &str> {
    let parts = value.split("${").skip(1);
    parts.filter_map(|rest| Some(rest.split_once('}')?.0))
}
