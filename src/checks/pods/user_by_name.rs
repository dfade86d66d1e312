//! Users that the kubelet cannot tell from root.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = pages::user_by_name(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        let Some(spec) = pod.spec() else {
            continue;
        };
        let lists = ["initContainers", "containers"].map(|field| spec.list_at([field]));
        for container in lists.into_iter().flatten() {
            let setting = |field: &str| {
                let own = container.at(["securityContext", field]);
                own.or_else(|| spec.at(["securityContext", field]))
            };
            let image = container.str_at(["image"]).unwrap_or_default();
            let must = setting("runAsNonRoot").and_then(Node::as_bool) == Some(true);
            if must && setting("runAsUser").is_none() && is_official(image) {
                let title = format!("the user of {} is a name", pod.what());
                let node = setting("runAsNonRoot").unwrap_or(container);
                let place = place(&node.origins, pod.member);
                let label = "needs a number to compare with 0";
                findings.push(
                    pod.member.object.identity(),
                    CHECK.finds(title).at_value(place, label),
                );
            }
        }
    }
}
