//! Properties that no Spark has.

use super::{is_template, problems};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::{Code, Fix, is_slip},
    platform::{Platform, place},
    spark::registry::{Problem, is_of_family},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0601",
        name: "unknown-property",
        page: "Spark ignores a property that it does not know, and says nothing: the setting that \
               somebody relied on is simply not there. Most are misspelt; some never existed, such as \
               `spark.kubernetes.executor.request.memory`. Keys of plugins, and families of keys that are \
               nobody's, are left alone.",
    },
    symptom: "Spark ignores it in silence",
    fix: "look it up in the documentation of this version, or remove it",
    source: "Spark's registry of configuration entries, `schemas/spark/README.md`",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.sql.shuffle.partition" = 400
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.sql.shuffle.partitions" = 400
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (program, property, problem) in problems(platform) {
        let Problem::Unknown { suggestion } = problem else {
            continue;
        };
        let key = &property.key;
        if is_template(key) || suggestion.is_none() && !is_of_family(key) {
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
        findings.push(property.member.object.identity(), diagnostic);
    }
}
