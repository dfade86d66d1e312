//! Grace periods that Spark writes over.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::grace_period_lost(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let is_lost = program.writes_grace() == Some(true)
            && program.is_on_kubernetes()
            && program.grace_of_webhook().is_none();
        let Some(stated) = program.grace_of_template().filter(|_| is_lost) else {
            continue;
        };
        let real = program.grace().map(|(it, _)| it);
        if real.is_none() || real == stated.as_integer() {
            continue;
        }
        let identity = program.member.object.identity();
        let title = format!(
            "the executors of {identity} get another grace period than their template says"
        );
        let place = place(&stated.origins, program.member);
        let label = format!("Spark makes it {} s", real.unwrap_or_default());
        findings.push(identity, CHECK.finds(title).at_value(place, label));
    }
}
