//! A shuffle manager that is no more.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::shuffle_manager_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(manager) = program.properties.get("spark.shuffle.manager") else {
            continue;
        };
        let is_gone = manager.value.trim() == "org.apache.spark.shuffle.celeborn.RssShuffleManager";
        if is_gone && program.version.is_some() {
            let place = place(&manager.origins, manager.member);
            findings.push(
                manager.member.object.identity(),
                CHECK
                    .finds("this Celeborn has no `RssShuffleManager`")
                    .at_value(place, "removed in 0.4.0"),
            );
        }
    }
}
