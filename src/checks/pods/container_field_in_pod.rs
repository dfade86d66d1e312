//! Settings of containers that stand where only a pod's are read.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1302",
        name: "container-field-in-pod",
        page: "The `securityContext` of a pod and that of a container share a name and not their fields: \
               capabilities, privileges and a root that is only read belong to containers. In the pod's \
               they are dropped in silence, so the pod runs with more than somebody meant, or is refused \
               by `restricted`. An example of the operator itself has this.",
    },
    symptom: "`violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false`, although \
              the manifest sets it",
    fix: "move it to the `securityContext` of each container",
    source: "https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#podsecuritycontext-v1-core",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Scala
  mode: cluster
  image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
  sparkVersion: 4.1.3
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  driver:
    serviceAccount: spark
    memory: 1g
    podSecurityContext:
      runAsNonRoot: true
      runAsUser: 185
      allowPrivilegeEscalation: false
  executor:
    memory: 1g
"#,
        passing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Scala
  mode: cluster
  image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
  sparkVersion: 4.1.3
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  driver:
    serviceAccount: spark
    memory: 1g
    podSecurityContext:
      runAsNonRoot: true
      runAsUser: 185
    securityContext:
      allowPrivilegeEscalation: false
  executor:
    memory: 1g
"#,
    },
    run,
};

/// The fields that only a container's `securityContext` has.
const FIELDS: [&str; 5] = [
    "allowPrivilegeEscalation",
    "capabilities",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        let context = pod.spec().and_then(|it| it.get("securityContext"));
        for field in FIELDS {
            if let Some(node) = context.and_then(|it| it.get(field)) {
                let title = format!(
                    "`{field}` is no setting of {}, but of its containers",
                    pod.what()
                );
                let place = place(&node.origins, pod.member);
                findings.push(
                    pod.member.object.identity(),
                    CHECK.finds(title).at_key(place, ""),
                );
            }
        }
    }
}
