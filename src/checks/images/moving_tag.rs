//! Images that can be others tomorrow.

use super::repository_and_tag;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::moving_tag(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        let containers = ["initContainers", "containers"]
            .into_iter()
            .flat_map(|list| pod.node.list_at(["spec", list]));
        // What is never pulled is what somebody put on the node.
        let pulled = containers.filter(|it| it.str_at(["imagePullPolicy"]) != Some("Never"));
        for image in pulled.filter_map(|it| it.get("image")) {
            let Some((repository, tag)) = repository_and_tag(image.as_str().unwrap_or_default())
            else {
                continue;
            };
            // The spec is refused for its own images where it declares them.
            if platform.image(image.as_str().unwrap_or_default()).is_some() {
                continue;
            }
            let has_digest = image.as_str().is_some_and(|it| it.contains('@'));
            if !has_digest && matches!(tag, None | Some("latest")) {
                let title = format!("`{repository}` can mean another image tomorrow");
                let place = place(&image.origins, pod.member);
                let diagnostic = CHECK.finds(title).at_value(place, "no version");
                findings.push(pod.member.object.identity(), diagnostic);
            }
        }
    }
}
