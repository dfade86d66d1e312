//! Properties that this Spark does not have.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::{Code, Fix, is_slip, name_list},
    platform::{Platform, place},
    spark::{Lookup, lookup},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0601",
        name: "unknown-property",
        page: "Spark ignores a property that it does not know, and says nothing: the setting that \
               somebody relied on is simply not there. Most are misspelt, or belong to another version.",
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
    for program in platform.programs() {
        let Some(version) = &program.version else {
            continue;
        };
        for property in &program.properties {
            let Lookup::Unknown { suggestion, lines } = lookup(version.line(), &property.key)
            else {
                continue;
            };
            let mut diagnostic = CHECK
                .finds(format!(
                    "Spark {} has no property `{}`",
                    version.release, property.key
                ))
                .at_key(place(&property.origins, property.member), "");
            if !lines.is_empty() {
                let names: Vec<_> = lines.iter().map(ToString::to_string).collect();
                let names = name_list(names.iter().map(String::as_str));
                diagnostic = diagnostic.note(format!("known to Spark {names}"));
            }
            if let Some(suggestion) = suggestion {
                let what = format!("did you mean `{suggestion}`?");
                let origin = property.origins.first();
                // A name that is set already cannot be set again.
                let is_free = program.properties.get(suggestion).is_none();
                diagnostic = match origin.filter(|_| is_free && is_slip(&property.key, suggestion))
                {
                    Some(entry) => {
                        diagnostic.fix(Fix::rename(what, entry, &property.key, suggestion))
                    }
                    None => diagnostic.hint(what),
                };
            }
            findings.push(property.member.object.identity(), diagnostic);
        }
    }
}
