//! Options that replace what holds data.

use crate::{
    checks::{Check, Findings, pages},
    engines::flux::FORCE,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::destructive_option(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced().filter(|it| it.object.holds_data()) {
        for (key, node) in member.object.annotations() {
            let value = node.as_str().unwrap_or_default();
            let is_force = key == FORCE;
            if is_force && value.eq_ignore_ascii_case("enabled") {
                let identity = member.object.identity();
                let title = format!("a sync may delete {identity} with all that is inside");
                let place = place(&node.origins, member);
                findings.push(identity, CHECK.finds(title).at_value(place, ""));
            }
        }
    }
}
