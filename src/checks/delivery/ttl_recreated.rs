//! Objects that delete themselves, and that an engine makes again.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::ttl_recreated(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        let identity = member.object.identity();
        let field = match identity.kind.as_str() {
            "Job" => "ttlSecondsAfterFinished",
            "SparkApplication" => "timeToLiveSeconds",
            _ => continue,
        };
        if let Some(node) = member.object.node().at(["spec", field]) {
            let title = format!("{identity} deletes itself, and the engine makes it again");
            let place = place(&node.origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
