//! Properties that a later Spark will not have.

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
        number: "W0604",
        name: "property-deprecated",
        page: "Spark still reads the property and warns. The release that drops it will ignore it, or refuse \
               every session.",
    },
    symptom: "`WARN SparkConf: The configuration key '…' has been deprecated as of Spark … and may be removed in \
              the future`",
    fix: "set what replaces it",
    source: "Spark: core/src/main/scala/org/apache/spark/SparkConf.scala (deprecatedConfigs, \
             configsWithAlternatives) and SQLConf.scala (deprecatedSQLConfigs)",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.blacklist.enabled" = true
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.excludeOnFailure.enabled" = true
"#,
    },
    run,
};

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
