//! Drivers and executors with different Pythons.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::python_minors(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let key = "spark.kubernetes.executor.container.image";
        let Some(executor) = program.properties.get(key) else {
            continue;
        };
        let python = |reference| platform.image(reference)?.python.as_ref();
        let (Some(own), Some(other)) = (
            program.image().and_then(python),
            python(executor.value.as_str()),
        ) else {
            continue;
        };
        if **own != **other {
            let title = format!("the driver has Python {}, its executors {}", **own, **other);
            let place = place(&executor.origins, executor.member);
            findings.push(
                executor.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, "the image of the executors")
                    .at_value(&own.origins, "the driver's")
                    .at_value(&other.origins, "theirs"),
            );
        }
    }
}
