//! Connect servers of the operator that no edit reaches.

use super::has_version;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1512",
        name: "connect-not-renewed",
        page: "The operator makes the pod of a SparkConnect once. An edit of its spec is synced, the engine \
               reports success, and the old pod goes on with the old spec. An edit of `sparkVersion` even \
               moves the Service to a label that the old pod does not have.",
    },
    symptom: "the server keeps its old image and properties; with a new `sparkVersion`, a Service without \
              endpoints",
    fix: "let the name change with the spec, as kiln does for `form = \"custom-resource\"`, and let a Service of \
          your own follow it",
    source: "kubeflow/spark-operator#2784",
    example: Example::Extra {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: reports
  namespace: jupyterhub-users
spec:
  sparkVersion: 4.1.3
  image: registry.example.com/spark:4.1.3
  server:
    cores: 1
    template:
      spec:
        serviceAccountName: spark-connect-analytics
        automountServiceAccountToken: true
        containers: []
  executor:
    cores: 1
    template: {}
"#,
        passing: r#"apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: reports-4b7d01
  namespace: jupyterhub-users
spec:
  sparkVersion: 4.1.3
  image: registry.example.com/spark:4.1.3
  server:
    cores: 1
    template:
      spec:
        serviceAccountName: spark-connect-analytics
        automountServiceAccountToken: true
        containers: []
  executor:
    cores: 1
    template: {}
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        let identity = member.object.identity();
        let is_such = identity.kind == "SparkConnect" && identity.group == "sparkoperator.k8s.io";
        if is_such && !has_version(&identity.name) {
            let title = format!("no edit reaches the pod of {identity}");
            let node = member.object.node().at(["metadata", "name"]);
            let place = place(&node.unwrap_or(member.object.node()).origins, member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
