//! Custom resources where no operator looks.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::{Code, name_list},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1402",
        name: "namespace-unwatched",
        page: "The operator acts on custom resources in the namespaces that it watches. One elsewhere is \
               accepted by the API server, and nothing ever happens to it: no pod, no event, no status.",
    },
    symptom: "`kubectl get sparkapplications` shows it without a status, for ever",
    fix: "add the namespace to `operator.job-namespaces`, or move the resource",
    source: "kubeflow/spark-operator: cmd/operator/controller/start.go (`--namespaces`)",
    example: Example::Manifests {
        failing: concat!(
            include_str!("../operator.yaml"),
            r#"---
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
  namespace: reports
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:4.1.3
  sparkVersion: 4.1.3
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  driver:
    serviceAccount: spark
  executor:
    instances: 2
"#
        ),
        passing: concat!(
            include_str!("../operator.yaml"),
            r#"---
apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
  namespace: jobs
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:4.1.3
  sparkVersion: 4.1.3
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  driver:
    serviceAccount: spark
  executor:
    instances: 2
"#
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some((watched, origins)) = &platform.watched_namespaces() else {
        return;
    };
    for member in platform.members() {
        let identity = member.object.identity();
        if identity.group != "sparkoperator.k8s.io" {
            continue;
        }
        let Some(namespace) = &identity.namespace else {
            continue;
        };
        if !watched.contains(namespace) {
            let title = format!("no operator watches {identity}");
            let metadata = member.object.node().at(["metadata", "namespace"]);
            let node = metadata.unwrap_or(member.object.node());
            let names = name_list(watched.iter().map(String::as_str));
            let diagnostic = CHECK
                .finds(title)
                .at_value(place(&node.origins, member), "")
                .at_value(origins, format!("watches {names}"));
            findings.push(identity, diagnostic);
        }
    }
}
