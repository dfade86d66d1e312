//! Containers without a memory limit.

use super::{Check, Finding, Platform};
use crate::diagnostics::{Code, Diagnostic};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0701",
        name: "limits-removed",
        page: "A container states no memory limit, so one that grows takes the memory of its neighbours \
               until the kernel kills one of them (`OOMKilled`), and not always the one that grew. \
               Removing limits to get pods onto nodes that report `ReadOnlyFileSystemDetected` or `no \
               space left on device` hides a broken node: requests write the same cgroup files. Drain \
               the node instead. Where that takes time, a waiver with a reason and a day says so.",
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Vec<Finding>) {
    for member in &platform.graph.members {
        let Some(template) = member.object.pod_template() else {
            continue;
        };
        for container in template.containers() {
            if container
                .node
                .at(["resources", "limits", "memory"])
                .is_some()
            {
                continue;
            }
            let identity = member.object.identity();
            let node = container.node.get("resources").unwrap_or(container.node);
            let diagnostic = Diagnostic::warning(
                CHECK.code,
                format!(
                    "the container `{}` of {identity} has no memory limit",
                    container.name()
                ),
            );
            let diagnostic = if node.origins.is_empty() {
                diagnostic.at_key(&member.because, "")
            } else {
                diagnostic.at_node(node, "")
            };
            findings.push(Finding {
                object: identity.clone(),
                diagnostic: diagnostic
                    .hint("state `resources.limits.memory`, or a waiver with a reason and a day"),
            });
        }
    }
}
