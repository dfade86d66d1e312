//! Heaps that Spark refuses to start with.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::memory::MINIMUM_HEAP,
};

/// The rule.
pub const CHECK: Check = pages::minimum_memory(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let is_test = program.properties.get("spark.testing").is_some();
        for key in ["spark.driver.memory", "spark.executor.memory"] {
            let Some(property) = program.properties.get(key).filter(|_| !is_test) else {
                continue;
            };
            if let Some((heap, _)) = program.bytes(key)
                && heap < MINIMUM_HEAP.bytes()
            {
                let title = format!("Spark does not start with a heap of `{}`", property.value);
                let place = place(&property.origins, property.member);
                findings.push(
                    property.member.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}
