//! Variables that sound like Spark's.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::variable_not_read(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if let Some(variable) = program.variable("SPARK_CONNECT_URL") {
            let name = variable.get("name").unwrap_or(variable);
            let place = place(&name.origins, program.member);
            let title = "nothing in Spark reads `SPARK_CONNECT_URL`";
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
