//! Seconds where the operator counts milliseconds.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::timeout_of_nothing(run);

/// The shortest time, in milliseconds, that somebody may mean: no stage of shuffle files is over sooner.
const LEAST: i64 = 1000;

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let path = ["dynamicAllocation", "shuffleTrackingTimeout"];
        let timeout = program.application().and_then(|it| it.at(path));
        let Some((node, number)) = timeout.and_then(|it| Some((it, it.as_integer()?))) else {
            continue;
        };
        if !(1..LEAST).contains(&number) {
            continue;
        }
        let identity = program.member.object.identity();
        let title = format!("executors of {identity} keep shuffle files for {number} ms");
        let place = place(&node.origins, program.member);
        findings.push(
            identity,
            CHECK.finds(title).at_value(place, "counts milliseconds"),
        );
    }
}
