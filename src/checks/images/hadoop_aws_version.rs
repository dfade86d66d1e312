//! A client of S3 for another Hadoop.

use super::artifacts;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::hadoop_aws_version(run);

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
