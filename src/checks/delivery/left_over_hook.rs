//! Hooks of Helm in manifests that Helm does not install.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::left_over_hook(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        for (_, node) in member
            .object
            .annotations()
            .filter(|(key, _)| *key == "helm.sh/hook")
        {
            let identity = member.object.identity();
            let title = format!("{identity} is a hook of Helm, and Helm does not install it");
            let place = place(&node.origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
