//! Workloads that do not select their own pods.

use crate::{
    checks::{Check, Findings, pages},
    kubernetes::{Answer, Labels},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::selector_mismatch(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.members() {
        let identity = member.object.identity();
        let Some(template) = member.object.pod_template() else {
            continue;
        };
        let Some(selector) = member.object.node().at(["spec", "selector"]) else {
            continue;
        };
        let labels = Labels::of(template.node.at(["metadata", "labels"]));
        // The server takes null for an empty text.
        let is_known = template.labels().all(|(_, value)| value.as_str().is_some());
        if identity.group == "apps"
            && is_known
            && member.object.is_whole_workload()
            && labels.match_selector(selector) == Answer::No
        {
            let title = format!("{identity} does not select its own pods");
            let place = place(&selector.origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
