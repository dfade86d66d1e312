//! Workloads that do not select their own pods.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::{Answer, Labels},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1307",
        name: "selector-mismatch",
        page: "The selector of a Deployment, StatefulSet or DaemonSet must select the pods of its own \
               template. The API server refuses the object, whatever else is right.",
    },
    symptom: "`spec.template.metadata.labels: Invalid value: …`: the selector does not match them",
    fix: "give the template every label of the selector; a selector cannot be changed later",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector; a real API server",
    example: Example::Manifests {
        failing: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: shell
spec:
  selector:
    matchLabels:
      app: shell
      component: tools
  template:
    metadata:
      labels:
        app: shell
    spec:
      containers:
      - name: shell
        image: registry.example.com/shell:1.0.0
"#,
        passing: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: shell
spec:
  selector:
    matchLabels:
      app: shell
      component: tools
  template:
    metadata:
      labels:
        app: shell
        component: tools
    spec:
      containers:
      - name: shell
        image: registry.example.com/shell:1.0.0
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.members() {
        let identity = member.object.identity();
        let Some(template) = member.object.pod_template() else {
            continue;
        };
        let Some(selector) = member.object.node().at(["spec", "selector"]) else {
            continue;
        };
        let labels = Labels::of(template.node.at(["metadata", "labels"]));
        // The server takes null for an empty text.
        let is_known = template.labels().all(|(_, value)| value.as_str().is_some());
        if identity.group == "apps"
            && is_known
            && member.object.is_whole_workload()
            && labels.match_selector(selector) == Answer::No
        {
            let title = format!("{identity} does not select its own pods");
            let place = place(&selector.origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
