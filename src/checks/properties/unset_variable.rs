//! Variables of the environment that the container does not have.

use super::references;
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::cloud,
    platform::{Platform, Program, Property, Role, is_official, place},
    spark::{Line, Lookup, known},
};

/// The rule.
pub const CHECK: Check = pages::unset_variable(run);

/// What images, runtimes and the scripts of Spark define.
const ALWAYS_THERE: [&str; 9] = [
    "HOME",
    "HOSTNAME",
    "JAVA_HOME",
    "LANG",
    "PATH",
    "PWD",
    "SPARK_CONF_DIR",
    "SPARK_HOME",
    "USER",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if !is_environment_known(platform, program) {
            continue;
        }
        let own = program.properties.iter().filter(|it| !it.is_filled);
        for property in own {
            let is_there = |it: &&str| is_set(program, it) || is_injected(platform, program, it);
            let Some(name) = variables(program, property).find(|it| !is_there(it)) else {
                continue;
            };
            let title = format!("the container has no variable `{name}`");
            let place = place(&property.origins, property.member);
            findings.push(
                property.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, format!("`{}` needs it", property.key)),
            );
        }
    }
}

/// Whether all variables of the driver are in sight.
fn is_environment_known(platform: &Platform<'_>, program: &Program<'_>) -> bool {
    let (Some(container), Some(image)) = (program.container, program.image()) else {
        return false;
    };
    let is_known = platform.image(image).is_some() || is_official(image);
    // Applications are read by the operator first, whose environment is another; servers of the operator
    // by a shell.
    let is_operated = program.role == Role::Application || program.is_spark_connect();
    is_known && !is_operated && container.node.get("envFrom").is_none()
}

/// The variables that the reader of a property looks up, without those that have a default.
fn variables<'p>(
    program: &Program<'_>,
    property: &'p Property<'_>,
) -> impl Iterator<Item = &'p str> {
    let line = program.line().unwrap_or(Line::V4_1);
    let prefix = if property.key.starts_with("spark.hadoop.") {
        Some("env.")
    } else {
        match known(line, &property.key) {
            Some(Lookup::Known(_) | Lookup::Deprecated { .. }) => Some("env:"),
            _ => None,
        }
    };
    references(&property.value)
        .filter_map(move |it| it.strip_prefix(prefix?))
        .filter(|it| !it.contains('-'))
}

/// Whether the webhook of a cloud puts a variable into the container.
fn is_injected(platform: &Platform<'_>, program: &Program<'_>, name: &str) -> bool {
    let label = program
        .pod
        .and_then(|it| it.str_at(["metadata", "labels", cloud::AZURE_USE]));
    let is_of_aws = || {
        let account = program.account_object(platform);
        account.is_some_and(|it| it.object.annotation(cloud::AWS_ROLE).is_some())
    };
    cloud::AZURE_VARIABLES.contains(&name) && label == Some("true")
        || cloud::AWS_VARIABLES.contains(&name) && is_of_aws()
}

fn is_set(program: &Program<'_>, name: &str) -> bool {
    let is_of_service = ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"]
        .iter()
        .any(|suffix| name.ends_with(suffix));
    let is_of_script = program.arguments.mention(&format!("{name}="));
    let is_written = program.variable(name).is_some();
    is_written || is_of_service || is_of_script || ALWAYS_THERE.contains(&name)
}
