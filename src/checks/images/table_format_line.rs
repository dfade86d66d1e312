//! Jars of table formats for another Spark.

use super::artifacts;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::formats::FORMATS,
};

/// The rule.
pub const CHECK: Check = pages::table_format_line(run);

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
