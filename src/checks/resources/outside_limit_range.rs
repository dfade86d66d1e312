//! Containers that a `LimitRange` refuses.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::{Code, Diagnostic},
    document::{Node, Origins},
    graph::Member,
    kubernetes::Quantity,
    platform::{Platform, place, quantity},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0710",
        name: "outside-limit-range",
        page: "A LimitRange refuses pods with a container larger than its `max` or smaller than its `min`.",
    },
    symptom: "`pods … is forbidden: maximum memory usage per Container is 8Gi, but limit is 16Gi`",
    fix: "change the container, or the LimitRange",
    source: "https://kubernetes.io/docs/concepts/policy/limit-range/",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[namespaces.jupyterhub-users]
quota = { memory = "64Gi" }

[patches.largest]
target = "LimitRange/jupyterhub-users/platform"
operations = [{ op = "add", path = "/spec/limits/0/max", value = { memory = "8Gi" } }]

[connect.analytics]
executor = { cores = 4, memory = "16Gi" }
"#,
        passing: r#"extends = "_example.toml"

[namespaces.jupyterhub-users]
quota = { memory = "64Gi" }

[patches.largest]
target = "LimitRange/jupyterhub-users/platform"
operations = [{ op = "add", path = "/spec/limits/0/max", value = { memory = "8Gi" } }]

[connect.analytics]
executor = { cores = 4, memory = "8Gi" }
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for range in platform.of_kind("", "LimitRange") {
        let limits = range.object.node().list_at(["spec", "limits"]).iter();
        for limit in limits.filter(|it| it.str_at(["type"]) == Some("Container")) {
            containers(platform, range, limit, findings);
            executors(platform, range, limit, findings);
        }
    }
}

fn containers(platform: &Platform<'_>, range: &Member, limit: &Node, findings: &mut Findings) {
    let namespace = range.object.identity().namespace.as_deref();
    for pod in platform
        .pods()
        .filter(|it| it.namespace() == namespace && !it.is_of_spark())
    {
        for container in pod.node.list_at(["spec", "containers"]) {
            for (bound, list) in [("max", "limits"), ("min", "requests")] {
                for (resource, border) in limit.get(bound).into_iter().flat_map(Node::entries) {
                    let Some(node) = container.at(["resources", list, resource]) else {
                        continue;
                    };
                    if let Some(amount) = quantity(node)
                        && let Some(finding) =
                            judge(range, &pod.what(), bound, resource, border, amount)
                    {
                        let place = place(&node.origins, pod.member);
                        findings.push(pod.member.object.identity(), with(finding, place, border));
                    }
                }
            }
        }
    }
}

fn executors(platform: &Platform<'_>, range: &Member, limit: &Node, findings: &mut Findings) {
    let namespace = range.object.identity().namespace.as_deref();
    for program in platform.programs() {
        let is_here = program.namespace() == namespace && program.is_on_kubernetes();
        let Some(size) = program.executor_size().filter(|_| is_here) else {
            continue;
        };
        let identity = program.member.object.identity();
        let what = format!("an executor of {identity}");
        for bound in ["max", "min"] {
            let Some(border) = limit.at([bound, "memory"]) else {
                continue;
            };
            let amount = Quantity::from_units(size.memory.cast_signed());
            if let Some(finding) = judge(range, &what, bound, "memory", border, amount) {
                let place = place(&size.memory_origins, program.member);
                findings.push(identity, with(finding, place, border));
            }
        }
    }
}

fn judge(
    range: &Member,
    what: &str,
    bound: &str,
    resource: &str,
    border: &Node,
    amount: Quantity,
) -> Option<Diagnostic> {
    let border = quantity(border)?;
    let (is_outside, words) = match bound {
        "max" => (amount > border, "more"),
        _ => (amount < border, "less"),
    };
    let range = range.object.identity();
    is_outside.then(|| {
        CHECK.finds(format!(
            "{what} has {words} `{resource}` than {range} allows"
        ))
    })
}

fn with(finding: Diagnostic, place: &Origins, border: &Node) -> Diagnostic {
    finding
        .at_value(place, "")
        .at_value(&border.origins, "the border")
}
