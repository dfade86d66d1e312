//! Spark's properties: their names, their values, and what they do to each other.

mod malformed_value;
mod not_a_spark_property;
mod property_deprecated;
mod property_of_later_version;
mod property_overridden;
mod property_removed;
mod property_without_effect;
mod unexpanded_placeholder;
mod unknown_property;
mod unset_variable;

use super::Check;
use crate::{
    platform::{Platform, Program, Property, is_official},
    spark::registry::{Problem, check, check_every_line},
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
];

/// What the registry has against each property of each program. Without a version it speaks only when
/// every line that it knows agrees.
fn problems<'p>(
    platform: &'p Platform<'_>,
) -> impl Iterator<Item = (&'p Program<'p>, &'p Property<'p>, Problem)> {
    platform.programs().iter().flat_map(|program| {
        program.properties.iter().flat_map(move |property| {
            let (key, value) = (&property.key, &property.value);
            let found = match &program.version {
                Some(version) => check(version.release, key, value),
                None if is_of_other_version(program) => Vec::new(),
                None => check_every_line(key, value).into_iter().collect(),
            };
            found.into_iter().map(move |it| (program, property, it))
        })
    })
}

/// Whether something states a version that kiln does not know.
fn is_of_other_version(program: &Program<'_>) -> bool {
    let resource = program.member.object.node().get("spec");
    let mut specs = program.application().into_iter().chain(resource);
    specs.any(|it| it.get("sparkVersion").is_some()) || program.image().is_some_and(is_official)
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
