//! Committers whose classes are not there.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::committer_classes(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        for property in &program.properties {
            if property
                .value
                .starts_with("org.apache.spark.internal.io.cloud.")
                && program.has_jar(platform, "spark-hadoop-cloud") == Some(false)
            {
                let title = format!("the class of `{}` is in no jar of the image", property.key);
                let place = place(&property.origins, property.member);
                findings.push(
                    property.member.object.identity(),
                    CHECK
                        .finds(title)
                        .at_value(place, "lives in `spark-hadoop-cloud`"),
                );
            }
        }
    }
}
