//! Properties that no Spark has.

use super::{is_template, problems};
use crate::{
    checks::{Check, Findings, pages},
    diagnostics::{Fix, is_slip},
    platform::{Platform, place},
    spark::registry::{Problem, is_of_family},
};

/// The rule.
pub const CHECK: Check = pages::unknown_property(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // A job of somebody else reads properties of its own, and calls them after what they are about.
    let smallest_family = if platform.is_of_spec { 5 } else { 10 };
    for (program, property, problem) in problems(platform) {
        let Problem::Unknown { suggestion } = problem else {
            continue;
        };
        let key = &property.key;
        if is_template(key) || suggestion.is_none() && !is_of_family(key, smallest_family) {
            continue;
        }
        let spark = match &program.version {
            Some(version) => format!("Spark {}", version.release),
            None => "Spark".to_owned(),
        };
        let mut diagnostic = CHECK
            .finds(format!("{spark} has no property `{key}`"))
            .at_key(place(&property.origins, property.member), "");
        if let Some(suggestion) = suggestion {
            let what = format!("did you mean `{suggestion}`?");
            let origin = property.origins.first();
            // A name that is set already cannot be set again.
            let is_free = program.properties.get(suggestion).is_none();
            diagnostic = match origin.filter(|_| is_free && is_slip(key, suggestion)) {
                Some(entry) => diagnostic.fix(Fix::rename(what, entry, key, *suggestion)),
                None => diagnostic.hint(what),
            };
        }
        if suggestion.is_none() && !platform.is_of_spec {
            diagnostic = diagnostic
                .lesser()
                .note("unless the job itself reads it: Spark hands on every key that begins with `spark.`");
        }
        findings.push(property.member.object.identity(), diagnostic);
    }
}
