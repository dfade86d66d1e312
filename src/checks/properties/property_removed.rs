//! Properties that this Spark has no more.

use super::problems;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
    spark::registry::Problem,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0603",
        name: "property-removed",
        page: "The property was removed before this Spark. Most are ignored in silence. Those of SQL on which \
               results depended are refused unless they hold their old default: the server starts, its port \
               opens, its probes succeed, and no client gets a session.",
    },
    symptom: "Spark ignores it in silence; of SQL: `The SQL config '…' was removed in the version …`, and every \
              session fails",
    fix: "remove it, and set what replaces it",
    source: "Spark: sql/api and sql/catalyst, SQLConf.scala (removedSQLConfigs); Spark's registry of \
             configuration entries, `schemas/spark/README.md`",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.sql.legacy.avro.datetimeRebaseModeInRead" = "LEGACY"
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.sql.avro.datetimeRebaseModeInRead" = "LEGACY"
"#,
    },
    run,
};

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
