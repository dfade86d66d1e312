//! Containers that request more than they may have.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0708",
        name: "request-exceeds-limit",
        page: "A request above its own limit makes a pod invalid. Of executors, the pods are refused one \
               by one while the driver runs.",
    },
    symptom: "`Invalid value: …: must be less than or equal to cpu limit of …`",
    fix: "raise the limit, or request less",
    source: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/; \
             kubeflow/spark-operator#1122",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics]
executor = { cores = 4, cpu-limit = 2 }
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics]
executor = { cores = 2, cpu-limit = 2 }
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        for container in &pod.resources {
            for (resource, request) in &container.requests {
                let Some(limit) = container.limits.get(resource) else {
                    continue;
                };
                let both = request.quantity.zip(limit.quantity);
                if both.is_some_and(|(request, limit)| request > limit) {
                    let title = format!("{} requests more `{resource}` than its limit", pod.what());
                    let diagnostic = CHECK
                        .finds(title)
                        .at_value(place(&request.origins, pod.member), "")
                        .at_value(&limit.origins, "the limit");
                    findings.push(pod.member.object.identity(), diagnostic);
                }
            }
        }
    }
}
