//! Manifests that were copied from a cluster.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::live_field(run);

const FIELDS: [&str; 3] = ["managedFields", "resourceVersion", "uid"];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        for field in FIELDS {
            if let Some(node) = member.object.node().at(["metadata", field]) {
                let identity = member.object.identity();
                let title =
                    format!("`metadata.{field}` of {identity} is the API server's to write");
                let place = place(&node.origins, member);
                findings.push(identity, CHECK.finds(title).at_key(place, ""));
            }
        }
    }
}
