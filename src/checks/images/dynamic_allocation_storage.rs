//! Dynamic allocation that nothing keeps the data of shuffles for.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Mode, Platform, place},
    spark::value::boolean,
};

/// The rule.
pub const CHECK: Check = pages::dynamic_allocation_storage(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| it.is_complete) {
        let properties = &program.properties;
        let is_dynamic = properties.is_true("spark.dynamicAllocation.enabled");
        let has_executors = program.mode().is_some_and(|it| it != Mode::Local);
        let Some(tracking) = properties
            .get("spark.dynamicAllocation.shuffleTracking.enabled")
            .filter(|it| boolean(&it.value) == Some(false))
            .filter(|_| is_dynamic && has_executors && program.is_driver())
        else {
            continue;
        };
        let decommissions = properties.is_true("spark.decommission.enabled")
            && properties.is_true("spark.storage.decommission.shuffleBlocks.enabled");
        let is_kept = properties.is_true("spark.shuffle.service.enabled")
            || properties.is_true("spark.dynamicAllocation.testing")
            || properties
                .get("spark.shuffle.sort.io.plugin.class")
                .is_some()
            || decommissions;
        if !is_kept {
            let place = place(&tracking.origins, tracking.member);
            findings.push(
                tracking.member.object.identity(),
                CHECK
                    .finds("nothing keeps the shuffles of executors that go")
                    .at_value(place, "nor does anything else"),
            );
        }
    }
}
