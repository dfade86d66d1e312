//! Connect servers without their classes.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Role, place},
    spark::Line,
};

/// The rule.
pub const CHECK: Check = pages::connect_jar_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let is_server = program.role == Role::ConnectServer;
        let Some(version) = program
            .version
            .as_ref()
            .filter(|it| is_server && it.line() == Line::V3_5)
        else {
            continue;
        };
        if program.has_jar(platform, "spark-connect") == Some(false) {
            let title = format!("Spark {} has no Connect server", version.release);
            let place = place(&version.origins, program.member);
            findings.push(
                program.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, "without `spark-connect`"),
            );
        }
    }
}
