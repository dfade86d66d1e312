//! Claims for executors that nobody makes.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::claim_incomplete(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        for (name, claim) in program.claims_on_demand() {
            let lacks = |option: &&str| program.of_claim(name, option).is_none();
            let lacking = ["options.storageClass", "options.sizeLimit"]
                .into_iter()
                .filter(lacks);
            let lacking: Vec<_> = lacking.map(|it| format!("`{it}`")).collect();
            if lacking.is_empty() || !program.is_complete {
                continue;
            }
            let identity = program.member.object.identity();
            let title = format!("nobody makes the claims of `{name}` for executors of {identity}");
            let label = format!("it lacks {}", lacking.join(" and "));
            let place = place(&claim.origins, claim.member);
            findings.push(identity, CHECK.finds(title).at_value(place, label));
        }
    }
}
