//! Jobs that cannot be edited.

use super::has_version;
use crate::{
    checks::{Check, Findings, pages},
    engines::{flux::SSA, is_remade},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::immutable_job(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        let identity = member.object.identity();
        let is_job = identity.kind == "Job" && identity.group == "batch";
        // One that is there already never gets the edit.
        let is_left_alone = matches!(
            member.object.annotation(SSA),
            Some("IfNotPresent" | "Ignore")
        );
        if is_job
            && !is_left_alone
            && !is_remade(member.object.node())
            && !has_version(&identity.name)
        {
            let title = format!("{identity} cannot be edited once it is applied");
            let node = member.object.node().at(["metadata", "name"]);
            let place = place(&node.unwrap_or(member.object.node()).origins, member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
