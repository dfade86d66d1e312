//! ConfigMaps that hold nothing.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::empty_config_map(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.of_kind("", "ConfigMap") {
        let object = member.object.node();
        let holds = |key| {
            object
                .get(key)
                .is_some_and(|it: &Node| it.entries().next().is_some())
        };
        if !holds("data") && !holds("binaryData") {
            let identity = member.object.identity();
            let place = place(&object.origins, member);
            let title = format!("{identity} holds nothing");
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
