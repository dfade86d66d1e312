//! Properties that this Spark has no more.

use super::problems;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::registry::Problem,
};

/// The rule.
pub const CHECK: Check = pages::property_removed(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (program, property, problem) in problems(platform) {
        let Some(version) = &program.version else {
            continue;
        };
        let (label, words) = match problem {
            Problem::Removed { since, words } => (format!("removed in {since}"), *words),
            Problem::Gone { last } => (format!("Spark {last} was the last to read it"), None),
            _ => continue,
        };
        let (key, release) = (&property.key, version.release);
        let mut diagnostic = CHECK
            .finds(format!("Spark {release} has no property `{key}` any more"))
            .at_key(place(&property.origins, property.member), label);
        if let Some(words) = words {
            diagnostic = diagnostic.note(format!("Spark says: {words}"));
        }
        findings.push(property.member.object.identity(), diagnostic);
    }
}
