//! Jobs that cannot be edited.

use super::has_version;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::immutable_job(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        let identity = member.object.identity();
        let option = member.object.annotation("argocd.argoproj.io/sync-options");
        let is_replaced = option.is_some_and(|it| it.contains("Replace=true"))
            || member
                .object
                .annotation("kustomize.toolkit.fluxcd.io/force")
                .is_some();
        let is_job = identity.kind == "Job" && identity.group == "batch";
        if is_job && !is_replaced && !has_version(&identity.name) {
            let title = format!("{identity} cannot be edited once it is applied");
            let node = member.object.node().at(["metadata", "name"]);
            let place = place(&node.unwrap_or(member.object.node()).origins, member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
