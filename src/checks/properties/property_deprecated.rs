//! Properties that a later Spark will not have.

use super::problems;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::registry::Problem,
};

/// The rule.
pub const CHECK: Check = pages::property_deprecated(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (_, property, problem) in problems(platform) {
        let Problem::Deprecated {
            since,
            replacement,
            words,
        } = problem
        else {
            continue;
        };
        let label = since.map_or_else(String::new, |since| format!("since {since}"));
        let mut diagnostic = CHECK
            .finds(format!("`{}` is deprecated", property.key))
            .at_key(place(&property.origins, property.member), label);
        if let Some(replacement) = replacement {
            diagnostic = diagnostic.hint(format!("set `{replacement}` instead"));
        } else if let Some(words) = words {
            diagnostic = diagnostic.hint(format!("Spark says: {words}"));
        }
        findings.push(property.member.object.identity(), diagnostic);
    }
}
