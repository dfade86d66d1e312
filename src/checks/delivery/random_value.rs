//! Values that every rendering draws anew.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    graph::Member,
    kubernetes::PodTemplate,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1513",
        name: "random-value",
        page: "A label of these pods is a random UUID, as a template draws it with `uuidv4`. An engine that \
               renders the chart itself gets another one each time: it is out of sync for ever, and every \
               sync replaces the pods.",
    },
    symptom: "`OutOfSync` without a change, and a Connect server that restarts with every sync",
    fix: "derive the value from what it names, such as the name of the release, or write it down",
    source: "https://helm.sh/docs/chart_template_guide/function_list/#uuid-functions; \
             https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#random-data",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: shell
  labels:
    driver-affinity: 1c3f9a52-7d0e-4b86-9f3a-2e6d51c7b094
spec:
  containers:
  - name: shell
    image: registry.example.com/shell:1.0.0
    resources:
      limits:
        memory: 1Gi
"#,
        passing: r#"apiVersion: v1
kind: Pod
metadata:
  name: shell
  labels:
    driver-affinity: shell
spec:
  containers:
  - name: shell
    image: registry.example.com/shell:1.0.0
    resources:
      limits:
        memory: 1Gi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // What a spec takes in is written down.
    if platform.is_of_spec {
        return;
    }
    for member in platform.members().filter(|it| !is_live(it)) {
        let template = member.object.pod_template();
        let labels = template.iter().flat_map(PodTemplate::labels);
        for (name, value) in labels {
            if value.as_str().is_some_and(is_random) && !is_of_something(name) {
                let title = format!("the label `{name}` looks like a random value");
                let diagnostic = CHECK
                    .finds(title)
                    .at_value(place(&value.origins, member), "");
                findings.push(member.object.identity(), diagnostic);
            }
        }
    }
}

/// Whether a label names something that has a UUID once and for all: an object of the cluster, as
/// controllers do, or what a cloud calls so.
fn is_of_something(name: &str) -> bool {
    const THINGS: [&str; 8] = [
        "uid",
        "tenant",
        "client",
        "account",
        "project",
        "subscription",
        "team",
        "org",
    ];
    THINGS.iter().any(|it| name.contains(it))
}

/// Whether an object comes from a cluster and not from a file.
fn is_live(member: &Member) -> bool {
    let metadata = member.object.node().get("metadata");
    metadata.is_some_and(|it| it.get("uid").is_some() || it.get("resourceVersion").is_some())
}

/// Whether a text is a UUID of version 4, whose other digits are random (RFC 9562, section 5.4).
fn is_random(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|it| it.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts
            .iter()
            .all(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))
        && parts[2].starts_with('4')
        && parts[3].starts_with(['8', '9', 'a', 'b', 'A', 'B'])
}
