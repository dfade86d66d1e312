//! Dynamic allocation between numbers that cross.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Property, place},
};

/// The rule.
pub const CHECK: Check = pages::executors_out_of_range(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let properties = &program.properties;
        let number = |it: &Property<'_>| it.value.trim().parse::<u64>().ok();
        let least = properties.get("spark.dynamicAllocation.minExecutors");
        let most = properties.get("spark.dynamicAllocation.maxExecutors");
        let (Some(least), Some(most)) = (least, most) else {
            continue;
        };
        if properties.is_true("spark.dynamicAllocation.enabled")
            && let (Some(min), Some(max)) = (number(least), number(most))
            && min > max
        {
            let title = format!("at least {min} executors are more than at most {max}");
            let finding = CHECK
                .finds(title)
                .at_value(place(&least.origins, least.member), "")
                .at_value(place(&most.origins, most.member), "the most");
            findings.push(least.member.object.identity(), finding);
        }
    }
}
