//! Celeborn with a serializer that it cannot use.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::celeborn_serializer(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| it.is_complete) {
        let properties = &program.properties;
        let Some(manager) = properties.get("spark.shuffle.manager") else {
            continue;
        };
        let is_celeborn = manager
            .value
            .trim()
            .starts_with("org.apache.spark.shuffle.celeborn.");
        let serializer = properties.get("spark.serializer");
        let is_of_java = serializer
            .is_none_or(|it| it.value.trim() == "org.apache.spark.serializer.JavaSerializer");
        if is_celeborn && is_of_java {
            let at = serializer.unwrap_or(manager);
            let place = place(&at.origins, at.member);
            findings.push(
                at.member.object.identity(),
                CHECK
                    .finds("Celeborn cannot use Java's serializer")
                    .at_value(place, ""),
            );
        }
    }
}
