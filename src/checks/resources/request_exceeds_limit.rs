//! Containers that request more than they may have.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::Quantity,
    platform::{Platform, place, quantity},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0708",
        name: "request-exceeds-limit",
        page: "A request above its own limit makes a pod invalid. Of executors, the pods are refused one \
               by one while the driver runs.",
    },
    symptom: "`Invalid value: \"4\": must be less than or equal to cpu limit of 2`",
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
        let lists = ["initContainers", "containers"].map(|it| pod.node.list_at(["spec", it]));
        for container in lists.into_iter().flatten() {
            // Of executors, Spark overwrites what stands here.
            for resource in ["cpu", "memory"].iter().filter(|_| !pod.is_of_spark()) {
                let at = |list| container.at(["resources", list, *resource]);
                let (Some(request), Some(limit)) = (at("requests"), at("limits")) else {
                    continue;
                };
                if is_above(quantity(request), quantity(limit)) {
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
    for program in platform.programs() {
        let (Some(size), Some(limit)) = (
            program.executor_size(),
            program
                .properties
                .get("spark.kubernetes.executor.limit.cores"),
        ) else {
            continue;
        };
        let most: Option<Quantity> = limit.value.parse().ok();
        if program.is_on_kubernetes() && most.is_some_and(|it| it.milli() < size.cpu.cast_signed())
        {
            let title = format!(
                "executors request more cores than their limit of {}",
                limit.value
            );
            let diagnostic = CHECK
                .finds(title)
                .at_value(place(&limit.origins, limit.member), "")
                .at_value(&size.cpu_origins, "requested here");
            findings.push(program.member.object.identity(), diagnostic);
        }
    }
}

fn is_above(request: Option<Quantity>, limit: Option<Quantity>) -> bool {
    request
        .zip(limit)
        .is_some_and(|(request, limit)| request > limit)
}
