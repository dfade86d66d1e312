//! A lifecycle that takes the place of the one by which executors are decommissioned.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::lifecycle_over_decommission(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let lifecycle = program
            .application()
            .and_then(|it| it.at(["executor", "lifecycle"]));
        let (Some(lifecycle), Some(enabled)) = (lifecycle, program.decommissions()) else {
            continue;
        };
        let identity = program.member.object.identity();
        let title = format!("the executors of {identity} are never told to hand over their data");
        findings.push(
            identity,
            CHECK
                .finds(title)
                .at_value(
                    place(&lifecycle.origins, program.member),
                    "replaces Spark's own hook",
                )
                .at_value(
                    place(&enabled.origins, enabled.member),
                    "which this asks for",
                ),
        );
    }
}
