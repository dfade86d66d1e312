//! Sidecars of a service mesh between a driver and its executors.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Origins,
    platform::{Platform, Pod, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1305",
        name: "mesh-sidecar",
        page: "A mesh puts a proxy into every pod of a namespace that asks for it. Executors start before \
               their proxy does, speak a protocol that it does not know, and their pods never complete \
               because the proxy goes on.",
    },
    symptom: "`Failed to connect to …:7078`, and pods that stay `NotReady` after the job",
    fix: "label the pods of drivers and executors `sidecar.istio.io/inject: \"false\"`",
    source: "kubeflow/spark-operator#1124; https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Namespace
metadata:
  name: jobs
  labels:
    istio-injection: enabled
---
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
    labels:
      sidecar.istio.io/inject: "false"
"#,
        passing: r#"apiVersion: v1
kind: Namespace
metadata:
  name: jobs
  labels:
    istio-injection: enabled
---
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
    labels:
      sidecar.istio.io/inject: "false"
  executor:
    labels:
      sidecar.istio.io/inject: "false"
"#,
    },
    run,
};

const INJECT: &str = "sidecar.istio.io/inject";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods().filter(|it| it.is_of_spark()) {
        if let Some(origins) = asks(platform, pod) {
            let identity = pod.member.object.identity();
            let title = format!("a mesh puts its proxy into {}", pod.what());
            let place = place(&origins, pod.member);
            findings.push(
                identity,
                CHECK.finds(title).at_value(place, "asked for here"),
            );
        }
    }
}

/// What asks for the proxy: the pod itself, or its namespace when the pod does not decline.
fn asks(platform: &Platform<'_>, pod: &Pod<'_>) -> Option<Origins> {
    for field in ["labels", "annotations"] {
        if let Some(node) = pod.node.at(["metadata", field, INJECT]) {
            let says = node.as_str() == Some("true") || node.as_bool() == Some(true);
            return says.then(|| node.origins.clone());
        }
    }
    let namespace = platform.object("", "Namespace", None, pod.namespace()?)?;
    let labels = namespace.object.node().at(["metadata", "labels"])?;
    let label = labels.get("istio-injection")?;
    (label.as_str() == Some("enabled")).then(|| label.origins.clone())
}
