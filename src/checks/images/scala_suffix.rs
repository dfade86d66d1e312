//! Jars for another Scala.

use super::artifacts;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
    spark::Line,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1003",
        name: "scala-suffix",
        page: "The name of a jar for Spark ends in the version of Scala that it is built for, and classes \
               of one Scala do not link to those of another. Spark 3.5 is built for 2.12 (there is a second \
               build for 2.13), Spark 4 for 2.13 alone.",
    },
    symptom: "`NoSuchMethodError` or `NoClassDefFoundError: scala/…`, at the start or with the first call",
    fix: "take the artifact that ends in the Scala of this Spark",
    source: "jars of 3.5.9, 4.0.5, 4.1.4, 4.2.1 and 4.3.0; \
               https://docs.scala-lang.org/overviews/core/binary-compatibility-of-scala-releases.html",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics]
packages = ["org.apache.iceberg:iceberg-spark-runtime-4.1_2.12:1.11.0"]
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
        let Some(version) = &program.version else {
            continue;
        };
        let expected = version.release.facts().scala;
        // There are two builds of 3.5; the tags of official images say which one is meant.
        let is_certain = version.line() > Line::V3_5
            || program.is_plain_build(platform)
                && !program.image().is_some_and(|it| it.contains("scala2.13"));
        for artifact in artifacts(platform, program) {
            let Some(scala) = artifact.scala.filter(|it| is_certain && *it != expected) else {
                continue;
            };
            let (name, release) = (artifact.coordinates, version.release);
            let title = format!("`{name}` is built for Scala {scala}");
            let place = place(&artifact.origins, artifact.member);
            findings.push(
                artifact.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, format!("Spark {release} is built for {expected}")),
            );
        }
    }
}
