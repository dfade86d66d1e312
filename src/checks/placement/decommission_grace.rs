//! Executors that have no time to hand over their data.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::decommission_grace(run);

/// The least notice that a cloud gives, in seconds, twice over.
const LEAST: i64 = 60;

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(enabled) = program.decommissions() else {
            continue;
        };
        let Some((seconds, origins)) = program.grace().filter(|(it, _)| *it < LEAST) else {
            continue;
        };
        let identity = program.member.object.identity();
        let title = format!("the executors of {identity} have {seconds} s to hand over their data");
        let origins = if origins.is_empty() {
            &enabled.origins
        } else {
            &origins
        };
        let diagnostic = CHECK
            .finds(title)
            .at_value(place(origins, program.member), "");
        findings.push(identity, diagnostic);
    }
}
