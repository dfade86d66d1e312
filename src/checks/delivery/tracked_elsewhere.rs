//! Objects that say that they belong to another Application.

use crate::{
    checks::{Check, Findings, pages},
    engines::argo_cd::TRACKING,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::tracked_elsewhere(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        for (_, node) in member
            .object
            .annotations()
            .filter(|(key, _)| *key == TRACKING)
        {
            let identity = member.object.identity();
            let title = format!("{identity} says that it belongs to another Application");
            let place = place(&node.origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
