//! Connect servers of the operator that no edit reaches.

use super::has_version;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::connect_not_renewed(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        let identity = member.object.identity();
        let is_such = identity.kind == "SparkConnect" && identity.group == "sparkoperator.k8s.io";
        if is_such && !has_version(&identity.name) {
            let title = format!("no edit reaches the pod of {identity}");
            let node = member.object.node().at(["metadata", "name"]);
            let place = place(&node.unwrap_or(member.object.node()).origins, member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
