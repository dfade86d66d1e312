//! Properties that came after this Spark.

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
        number: "E0602",
        name: "property-of-later-version",
        page: "The property is one of a later Spark. This one ignores it as it ignores every unknown key, \
               so a recipe from a newer manual changes nothing: `spark.connect.grpc.binding.address`, the \
               remedy that people recommend for a Connect server that listens on the wrong address, exists \
               since 4.0.0.",
    },
    symptom: "Spark ignores it in silence",
    fix: "use a Spark that has it, or remove it",
    source: "Spark's registry of configuration entries, `schemas/spark/README.md`; run on 3.5.7, where the \
             server with this property still listens everywhere (`tests/conformance/symptoms.rs`)",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[images.spark]
reference = "registry.example.com/data/spark:3.5.9"
spark = "3.5.9"
jars = ["org.apache.hadoop:hadoop-aws:3.3.4"]

[connect.analytics.conf]
"spark.connect.grpc.binding.address" = "0.0.0.0"
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.connect.grpc.binding.address" = "0.0.0.0"
"#,
    },
    run,
};

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
