//! Containers of Spark's own image without a command.

use crate::{
    checks::{Check, Findings, pages},
    kubernetes::{ContainerRole, PodTemplate},
    platform::{Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = pages::nothing_to_run(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.members() {
        // Spark completes pods that are templates of executors, and these look like any other.
        let identity = member.object.identity();
        if identity.group != "apps" || !member.object.is_whole_workload() {
            continue;
        }
        let template = member.object.pod_template();
        let containers = template.iter().flat_map(PodTemplate::containers);
        // An init container that only pulls the image is done when it ends.
        for container in containers.filter(|it| it.role == ContainerRole::Main) {
            let runs = ["command", "args"].map(|it| container.node.list_at([it]).is_empty());
            if let Some(image) = container.node.get("image")
                && image.as_str().is_some_and(is_official)
                && runs == [true, true]
            {
                let title = format!("the container `{}` has nothing to run", container.name());
                let place = place(&image.origins, member);
                findings.push(
                    identity,
                    CHECK
                        .finds(title)
                        .at_value(place, "starts nothing by itself"),
                );
            }
        }
    }
}
