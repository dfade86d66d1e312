//! Variables from a Secret or ConfigMap without a name.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1308",
        name: "nameless-reference",
        page: "A variable is to come from a Secret or ConfigMap whose name is empty, mostly because a value \
               of a chart was not set. The API server refuses the pod.",
    },
    symptom: "`secretKeyRef.name: Invalid value: \"\"`",
    fix: "name the object, or leave the variable out",
    source: "https://kubernetes.io/docs/tasks/inject-data-application/distribute-credentials-secure/; a real API server",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: shell
spec:
  containers:
  - name: shell
    image: registry.example.com/shell:1.0.0
    env:
    - name: AWS_ACCESS_KEY_ID
      valueFrom:
        secretKeyRef:
          name: ""
          key: access-key
"#,
        passing: r#"apiVersion: v1
kind: Pod
metadata:
  name: shell
spec:
  containers:
  - name: shell
    image: registry.example.com/shell:1.0.0
    env:
    - name: AWS_ACCESS_KEY_ID
      valueFrom:
        secretKeyRef:
          name: object-store
          key: access-key
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (member, container) in platform.containers() {
        for variable in container.node.list_at(["env"]) {
            let references = ["secretKeyRef", "configMapKeyRef"];
            let names = references.map(|it| variable.at(["valueFrom", it, "name"]));
            let mut names = names.into_iter().flatten();
            if let Some(name) = names.find(|it| it.as_str() == Some("")) {
                let variable = variable.str_at(["name"]).unwrap_or_default();
                let title = format!("`{variable}` comes from nowhere");
                let place = place(&name.origins, member);
                let finding = CHECK.finds(title).at_value(place, "names nothing");
                findings.push(member.object.identity(), finding);
            }
        }
    }
}
