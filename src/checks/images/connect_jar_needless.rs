//! Connect servers that are downloaded though they are there.

use super::artifacts;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::connect_jar_needless(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(version) = &program.version else {
            continue;
        };
        let facts = version.release.facts();
        for artifact in artifacts(platform, program) {
            let is_it = artifact.group == "org.apache.spark" && artifact.name == "spark-connect";
            // Another Scala or another Spark would be a worse fault.
            let fits = artifact.scala == Some(facts.scala)
                && artifact.version == version.release.to_string();
            if facts.connect_bundled && is_it && fits {
                let title = format!("Spark {} has its Connect server already", version.release);
                let place = place(&artifact.origins, artifact.member);
                findings.push(
                    artifact.member.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}
