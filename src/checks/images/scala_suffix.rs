//! Jars for another Scala.

use super::artifacts;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::Line,
};

/// The rule.
pub const CHECK: Check = pages::scala_suffix(run);

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
