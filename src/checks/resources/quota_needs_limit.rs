//! Pods that a quota refuses because they state nothing.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    graph::Member,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0707",
        name: "quota-needs-limit",
        page: "A quota on `limits.cpu` refuses every pod in which a container has no CPU limit, and so for \
               the other resources, unless a LimitRange has a default. Spark gives its executors a CPU \
               limit only when `spark.kubernetes.executor.limit.cores` says so.",
    },
    symptom: "`pods … is forbidden: failed quota: …: must specify limits.cpu`",
    fix: "state it, add a default to the LimitRange, or take it out of the quota",
    source: "https://kubernetes.io/docs/concepts/policy/resource-quotas/; kubeflow/spark-operator#810",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[namespaces.jupyterhub-users]
quota = { pods = 50 }

[patches.quota]
target = "ResourceQuota/jupyterhub-users/platform"
merge.spec.hard."limits.cpu" = "64"
"#,
        passing: r#"extends = "_example.toml"

[namespaces.jupyterhub-users]
quota = { pods = 50 }

[patches.quota]
target = "ResourceQuota/jupyterhub-users/platform"
merge.spec.hard."limits.memory" = "64Gi"
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for quota in platform.of_kind("", "ResourceQuota") {
        let Some(hard) = quota.object.node().at(["spec", "hard"]) else {
            continue;
        };
        // A quota with scopes is not for all pods.
        if quota.object.node().at(["spec", "scopes"]).is_some()
            || quota.object.node().at(["spec", "scopeSelector"]).is_some()
        {
            continue;
        }
        for (resource, node) in hard.entries() {
            let (list, name) = match resource.split_once('.') {
                Some((list @ ("limits" | "requests"), name)) => (list, name),
                None if matches!(resource.as_str(), "cpu" | "memory") => {
                    ("requests", resource.as_str())
                }
                _ => continue,
            };
            if !matches!(name, "cpu" | "memory") || has_default(platform, quota, list, name) {
                continue;
            }
            if let Some(what) = pod_without(platform, quota, list, name) {
                let title = format!("the quota refuses {what}: it states no `{list}.{name}`");
                let place = place(&node.origins, quota);
                findings.push(
                    quota.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}

/// Whether a `LimitRange` fills in what a container does not state.
fn has_default(platform: &Platform<'_>, quota: &Member, list: &str, name: &str) -> bool {
    let namespace = &quota.object.identity().namespace;
    let fields: &[&str] = match list {
        "limits" => &["default"],
        // A request is also made of a limit.
        _ => &["defaultRequest", "default"],
    };
    let ranges = platform.of_kind("", "LimitRange");
    ranges
        .filter(|it| it.object.identity().namespace == *namespace)
        .flat_map(|it| it.object.node().list_at(["spec", "limits"]))
        .filter(|it| it.str_at(["type"]) == Some("Container"))
        .any(|it| fields.iter().any(|field| it.at([*field, name]).is_some()))
}

/// A pod of the namespace that does not state an amount.
fn pod_without(platform: &Platform<'_>, quota: &Member, list: &str, name: &str) -> Option<String> {
    let namespace = quota.object.identity().namespace.as_deref();
    let states = |container: &Node| {
        let own = container.at(["resources", list, name]);
        own.is_some()
            || (list == "requests" && container.at(["resources", "limits", name]).is_some())
    };
    let mut workloads = platform.pods().filter(|pod| pod.namespace() == namespace);
    let workload = workloads.find(|pod| {
        let containers = pod.node.list_at(["spec", "containers"]);
        !pod.is_of_spark() && !containers.iter().all(states)
    });
    if let Some(pod) = workload {
        return Some(pod.what());
    }
    // Of its own, Spark states everything but a limit of cores.
    let mut programs = platform.programs().iter();
    let program = programs.find(|program| {
        let limit = program
            .properties
            .get("spark.kubernetes.executor.limit.cores");
        let application = program.application();
        let of_field = application.and_then(|it| it.at(["executor", "coreLimit"]));
        let is_here = program.namespace() == namespace && program.is_on_kubernetes();
        is_here && (list, name) == ("limits", "cpu") && limit.is_none() && of_field.is_none()
    });
    program.map(|it| format!("the executors of {}", it.member.object.identity()))
}
