//! Pods that a quota refuses because they state nothing.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Resources, list_and_resource, place},
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
    for quota in platform.quotas() {
        for (name, node) in quota.limits() {
            let Some((list, resource)) = list_and_resource(name) else {
                continue;
            };
            let is_stated = |it: &Resources| match list {
                "limits" => it.limits.contains_key(resource),
                _ => it.requests.contains_key(resource),
            };
            // The server enforces these two alone.
            let is_enforced = matches!(resource, "cpu" | "memory");
            let mut pods = quota.pods(platform).filter(|_| is_enforced);
            if let Some(pod) = pods.find(|pod| !pod.resources.iter().all(is_stated)) {
                let title = format!(
                    "the quota refuses {}: it states no `{list}.{resource}`",
                    pod.what()
                );
                let place = place(&node.origins, quota.member);
                findings.push(
                    quota.member.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}
