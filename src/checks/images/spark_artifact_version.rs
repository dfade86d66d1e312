//! Parts of Spark of another version.

use super::artifacts;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::spark_artifact_version(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(version) = &program.version else {
            continue;
        };
        let scala = version.release.facts().scala;
        for artifact in artifacts(platform, program) {
            // Also of lines that kiln does not know.
            let other = minor_line(artifact.version)
                .filter(|it| *it != version.line().to_string())
                .map(|_| artifact.version);
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

/// The first two numbers of a version.
fn minor_line(version: &str) -> Option<String> {
    let mut parts = version.split('.').map(str::parse::<u32>);
    let (major, minor) = (parts.next()?.ok()?, parts.next()?.ok()?);
    Some(format!("{major}.{minor}"))
}
