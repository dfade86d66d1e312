//! Parts of Spark of another version.

use super::artifacts;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
    spark::SparkVersion,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1004",
        name: "spark-artifact-version",
        page: "A module of Spark calls what is private to Spark, so it works with the minor line that it \
               was built with and with no other.",
    },
    symptom: "`NoSuchMethodError`, `AbstractMethodError` or `ClassCastException`, at the start or with the \
               first call",
    fix: "take the version of this Spark",
    source: "https://spark.apache.org/docs/latest/sql-data-sources-avro.html#deploying (the same version \
               everywhere)",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics]
packages = ["org.apache.spark:spark-avro_2.13:4.0.1"]
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics]
packages = ["org.apache.spark:spark-avro_2.13:4.1.4"]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(version) = &program.version else {
            continue;
        };
        let scala = version.release.facts().scala;
        for artifact in artifacts(platform, program) {
            let other = artifact
                .version
                .parse::<SparkVersion>()
                .ok()
                .filter(|it| it.line() != version.line());
            // Where the Scala is wrong, too, that is what is said.
            let is_spark = artifact.group == "org.apache.spark" && artifact.scala == Some(scala);
            let Some(other) = other.filter(|_| is_spark) else {
                continue;
            };
            let title = format!("`{}` is a part of Spark {other}", artifact.coordinates);
            let place = place(&artifact.origins, artifact.member);
            findings.push(
                artifact.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, format!("this is Spark {}", version.release)),
            );
        }
    }
}
