//! Users whom the image does not know.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = pages::user_unknown(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let (Some(pod), Some(container)) = (program.pod, program.container) else {
            continue;
        };
        let context = |field: &str| {
            let own = container.node.at(["securityContext", field]);
            own.or_else(|| pod.at(["spec", "securityContext", field]))
        };
        let is_known = |user: &Node| matches!(user.as_integer(), Some(0 | 185));
        let Some(user) = context("runAsUser").filter(|it| !is_known(it)) else {
            continue;
        };
        let read_only = container
            .node
            .at(["securityContext", "readOnlyRootFilesystem"]);
        let is_added = container.node.get("command").is_none()
            && read_only.and_then(Node::as_bool) != Some(true);
        if !is_added && container.image().is_some_and(is_official) {
            let identity = program.member.object.identity();
            let title = format!("the image of {identity} does not know this user");
            let place = place(&user.origins, program.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
