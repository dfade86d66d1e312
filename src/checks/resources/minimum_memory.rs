//! Heaps that Spark refuses to start with.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::{memory::MINIMUM_HEAP, value::memory_bytes},
};

/// The rule.
pub const CHECK: Check = pages::minimum_memory(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let is_set = |key| program.properties.get(key).is_some();
        let is_test = is_set("spark.testing") || is_set("spark.testing.memory");
        // One and a half times what Spark keeps for itself, which a property lowers.
        let least = match program.properties.value("spark.testing.reservedMemory") {
            Some(text) => memory_bytes(text).map_or(0, |it| it.saturating_mul(3) / 2),
            None => MINIMUM_HEAP.bytes(),
        };
        for key in ["spark.driver.memory", "spark.executor.memory"] {
            let Some(property) = program.properties.get(key).filter(|_| !is_test) else {
                continue;
            };
            if let Some((heap, _)) = program.bytes(key)
                && heap < least
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
