//! Jars of table formats for another Spark.

use super::artifacts;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
    spark::formats::FORMATS,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1020",
        name: "table-format-line",
        page: "Iceberg, Delta, Hudi and the plug-ins of catalogs reach into Spark's planner, which changes with \
               every minor line. Each publishes a jar for each line, whose name says which; that of another line \
               loads, and fails with the first query. For the newest line there may be none yet.",
    },
    symptom: "`IncompatibleClassChangeError`, `NoSuchMethodError` or `NoClassDefFoundError: org/apache/spark/sql/…`",
    fix: "take the jar for this line of Spark",
    source: "tags of apache/iceberg up to 1.12.0 and of delta-io/delta up to 4.4.0 \
             (project/CrossSparkVersions.scala); Maven Central; stefanko-ch/Nexus-Stack#828",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics]
packages = ["org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.11.0"]
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics]
packages = ["org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.11.0"]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(line) = program.line() else {
            continue;
        };
        for artifact in artifacts(platform, program) {
            let built_for = FORMATS.iter().find_map(|format| {
                let line = format.line_of(artifact.group, artifact.name, artifact.version)?;
                Some((format, line))
            });
            let Some((format, other)) = built_for.filter(|(_, it)| *it != line.to_string()) else {
                continue;
            };
            let title = format!("`{}` is built for Spark {other}", artifact.coordinates);
            let hint = match format.artifact(line) {
                Some(right) => format!("take {right}"),
                None => format!(
                    "{} has no jar for Spark {line} yet: use an older Spark",
                    format.project
                ),
            };
            let place = place(&artifact.origins, artifact.member);
            findings.push(
                artifact.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, format!("this is Spark {line}"))
                    .hint(hint),
            );
        }
    }
}
