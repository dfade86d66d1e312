//! A client of S3 for another Hadoop.

use super::artifacts;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1006",
        name: "hadoop-aws-version",
        page: "`hadoop-aws` is a part of Hadoop and calls what is private to it, so it has to be exactly \
               the Hadoop inside Spark. Of another minor line nothing works; of another patch some of it \
               may.",
    },
    symptom: "`NumberFormatException: For input string: \"60s\"`, `NoClassDefFoundError: \
               software/amazon/awssdk/…` or `NoSuchMethodError`",
    fix: "take the version of the Hadoop inside this Spark",
    source: "https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/troubleshooting_s3a.html \
               (all hadoop- jars of one version); jars of 3.5.9, 4.0.5, 4.1.4, 4.2.1 and 4.3.0",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[images.spark]
jars = ["org.apache.hadoop:hadoop-aws:3.3.4"]
"#,
        passing: r#"extends = "_example.toml"

[images.spark]
jars = ["org.apache.hadoop:hadoop-aws:3.4.2"]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(version) = &program.version else {
            continue;
        };
        let hadoop = version.release.facts().hadoop;
        for artifact in artifacts(platform, program) {
            let is_it = artifact.group == "org.apache.hadoop" && artifact.name == "hadoop-aws";
            if !is_it || artifact.version == hadoop || !program.is_plain_build(platform) {
                continue;
            }
            let title = format!("`{}` is of another Hadoop", artifact.coordinates);
            let diagnostic = CHECK
                .finds(title)
                .at_value(place(&artifact.origins, artifact.member), "")
                .at_value(&version.origins, format!("holds Hadoop {hadoop}"))
                .hint(format!("take `org.apache.hadoop:hadoop-aws:{hadoop}`"));
            let is_near = minor(artifact.version) == minor(hadoop);
            findings.push(
                artifact.member.object.identity(),
                if is_near {
                    diagnostic.lesser()
                } else {
                    diagnostic
                },
            );
        }
    }
}

/// The version without its patch.
fn minor(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(minor, _)| minor)
}
