//! Credentials in the open, as variables.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1110",
        name: "secret-in-environment",
        page: "Credentials of S3 stand in the manifest itself: in the repository, and for everybody who may \
               read pods, which many may who cannot read Secrets.",
    },
    symptom: "nothing, until somebody reads them",
    fix: "put them into a Secret, and take the variable from there with `valueFrom.secretKeyRef`",
    source: "https://kubernetes.io/docs/concepts/configuration/secret/",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: spark-history-server
spec:
  containers:
  - name: history-server
    image: registry.example.com/data/spark:4.1.4
    args:
    - /opt/spark/bin/spark-class
    - org.apache.spark.deploy.history.HistoryServer
    env:
    - name: AWS_SECRET_ACCESS_KEY
      value: correct-horse
    resources:
      limits:
        memory: 1Gi
"#,
        passing: r#"apiVersion: v1
kind: Pod
metadata:
  name: spark-history-server
spec:
  containers:
  - name: history-server
    image: registry.example.com/data/spark:4.1.4
    args:
    - /opt/spark/bin/spark-class
    - org.apache.spark.deploy.history.HistoryServer
    env:
    - name: AWS_SECRET_ACCESS_KEY
      valueFrom:
        secretKeyRef:
          name: object-store
          key: AWS_SECRET_ACCESS_KEY
    resources:
      limits:
        memory: 1Gi
"#,
    },
    run,
};

const SECRETS: [&str; 2] = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        for name in SECRETS {
            let Some(value) = program.variable(name).and_then(|it| it.get("value")) else {
                continue;
            };
            // Kubernetes fills in other variables.
            let text = value.as_str().unwrap_or_default();
            if !text.is_empty() && !text.contains("$(") {
                let title = format!("`{name}` is written down for all to read");
                let place = place(&value.origins, program.member);
                findings.push(
                    program.member.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}
