//! Mounts of volumes that a pod does not have.

use std::collections::BTreeSet;

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::{Code, did_you_mean},
    kubernetes::PodTemplate,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1311",
        name: "volume-missing",
        page: "A container mounts a volume that its pod does not have. The API server refuses the object.",
    },
    symptom: "`volumeMounts[0].name: Not found: …`",
    fix: "add the volume, or name one that is there",
    source: "https://kubernetes.io/docs/concepts/storage/volumes/; a real API server",
    example: Example::Manifests {
        failing: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: shell
spec:
  selector:
    matchLabels:
      app: shell
  template:
    metadata:
      labels:
        app: shell
    spec:
      containers:
      - name: shell
        image: registry.example.com/shell:1.0.0
        volumeMounts:
        - name: scratch
          mountPath: /tmp
      volumes:
      - name: tmp
        emptyDir: {}
"#,
        passing: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: shell
spec:
  selector:
    matchLabels:
      app: shell
  template:
    metadata:
      labels:
        app: shell
    spec:
      containers:
      - name: shell
        image: registry.example.com/shell:1.0.0
        volumeMounts:
        - name: tmp
          mountPath: /tmp
      volumes:
      - name: tmp
        emptyDir: {}
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform
        .members()
        .filter(|it| it.object.is_whole_workload())
    {
        let identity = member.object.identity();
        // Spark adds volumes to pods that are templates of executors, and these look like any other.
        if identity.kind == "Pod" {
            continue;
        }
        let template = member.object.pod_template();
        let volumes = template
            .iter()
            .flat_map(|it| it.node.list_at(["spec", "volumes"]));
        let claims = member
            .object
            .node()
            .list_at(["spec", "volumeClaimTemplates"]);
        let names = volumes.filter_map(|it| it.str_at(["name"]));
        let claims = claims
            .iter()
            .filter_map(|it| it.str_at(["metadata", "name"]));
        let names: BTreeSet<&str> = names.chain(claims).collect();
        let containers = template.iter().flat_map(PodTemplate::containers);
        let mounts = containers.flat_map(|it| it.node.list_at(["volumeMounts"]));
        for name in mounts.filter_map(|it| it.get("name")) {
            let Some(text) = name.as_str().filter(|it| !names.contains(it)) else {
                continue;
            };
            let title = format!("{identity} has no volume `{text}`");
            let mut finding = CHECK
                .finds(title)
                .at_value(place(&name.origins, member), "");
            if let Some(meant) = did_you_mean(text, names.iter().copied()) {
                finding = finding.hint(format!("did you mean `{meant}`?"));
            }
            findings.push(identity, finding);
        }
    }
}
