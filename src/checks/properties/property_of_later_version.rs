//! Properties that came after this Spark.

use super::problems;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::registry::Problem,
};

/// The rule.
pub const CHECK: Check = pages::property_of_later_version(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (program, property, problem) in problems(platform) {
        let (Problem::Later { since }, Some(version)) = (problem, &program.version) else {
            continue;
        };
        let (key, release) = (&property.key, version.release);
        if key.starts_with("spark.hadoop.") && !program.is_plain_build(platform) {
            continue;
        }
        let diagnostic = CHECK
            .finds(format!("Spark {release} has no property `{key}` yet"))
            .at_key(
                place(&property.origins, property.member),
                format!("since {since}"),
            )
            .at_value(&version.origins, "older than the property")
            .hint(format!("use Spark {since} or later, or remove it"));
        findings.push(property.member.object.identity(), diagnostic);
    }
}
