//! Containers without a memory limit.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::ContainerRole,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0701",
        name: "limits-removed",
        page: "A container states no memory limit, so one that grows takes the memory of its neighbours \
               until the kernel kills one of them, and not always the one that grew. Removing limits to \
               get pods onto nodes that report `ReadOnlyFileSystemDetected` or `no space left on device` \
               hides a broken node: requests write the same cgroup files. Drain the node instead.",
    },
    symptom: "`OOMKilled`, on some day and in some pod of the node",
    fix: "state `resources.limits.memory`, or a waiver with a reason and a day",
    source: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.broken-nodes]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "remove", path = "/spec/template/spec/containers/0/resources/limits/memory" },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.broken-nodes]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "remove", path = "/spec/template/spec/containers/0/resources/limits/memory" },
]

[waivers.broken-nodes]
check = "limits-removed"
object = "Deployment/jupyterhub-users/spark-connect-analytics"
reason = "nodes 3 and 4 cannot write cgroups; they are drained this week"
expires = "2026-12-31"
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // In manifests of others, what does not run Spark is theirs.
    let of_spark: Vec<_> = platform.programs().iter().map(|it| it.member).collect();
    for member in &platform.graph.members {
        let is_ours = platform.is_of_spec || of_spark.iter().any(|it| std::ptr::eq(*it, member));
        let Some(template) = member.object.pod_template() else {
            continue;
        };
        // What a patch of another tool leaves out may stand elsewhere.
        if !platform.is_of_spec && !member.object.is_whole_workload() {
            continue;
        }
        for container in template.containers() {
            let resources = container.node.get("resources");
            let limits = resources.and_then(|it| it.get("limits"));
            // What ends before the others start has the node's memory for a moment only.
            let is_brief = container.role == ContainerRole::Init
                && container.node.str_at(["restartPolicy"]) != Some("Always");
            if !is_ours || is_brief || limits.is_some_and(|it| it.get("memory").is_some()) {
                continue;
            }
            let identity = member.object.identity();
            let node = limits.or(resources).unwrap_or(container.node);
            let title = format!(
                "the container `{}` of {identity} has no memory limit",
                container.name()
            );
            let diagnostic = CHECK.finds(title);
            findings.push(
                identity,
                diagnostic.at_value(place(&node.origins, member), ""),
            );
        }
    }
}
