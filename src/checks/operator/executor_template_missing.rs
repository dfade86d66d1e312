//! Servers that crash the operator.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1403",
        name: "executor-template-missing",
        page: "The operator 2.4 reads the executors' pod template of a SparkConnect without asking whether \
               there is one. Its controller panics, restarts and panics again, and with it every other \
               resource of the cluster waits.",
    },
    symptom: "`panic: runtime error: invalid memory address or nil pointer dereference` in the controller",
    fix: "state `executor.template`, if only as `template: {}`, or use the operator 2.5",
    source: "kubeflow/spark-operator#2814",
    example: Example::Manifests {
        failing: concat!(
            include_str!("../operator.yaml"),
            r#"---
apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: analytics
  namespace: jobs
spec:
  sparkVersion: 4.1.3
  image: registry.example.com/spark:4.1.3
  server:
    cores: 1
  executor:
    cores: 1
"#
        ),
        passing: concat!(
            include_str!("../operator.yaml"),
            r#"---
apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: analytics
  namespace: jobs
spec:
  sparkVersion: 4.1.3
  image: registry.example.com/spark:4.1.3
  server:
    cores: 1
  executor:
    cores: 1
    template: {}
"#
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let version = platform.operator().and_then(|it| it.version);
    if !matches!(version, Some((2, ..=4, _))) {
        return;
    }
    for member in platform.of_kind("sparkoperator.k8s.io", "SparkConnect") {
        let Some(executor) = member.object.node().at(["spec", "executor"]) else {
            continue;
        };
        if executor.get("template").is_none() {
            let identity = member.object.identity();
            let title = format!("{identity} makes the operator panic");
            let place = place(&executor.origins, member);
            findings.push(
                identity,
                CHECK.finds(title).at_key(place, "has no `template`"),
            );
        }
    }
}
