//! Random ports behind a policy that allows few.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0902",
        name: "random-port",
        page: "Spark takes random ports where none are pinned. A policy that lets some ports through \
               blocks the others, so whether executors find their driver, or each other, would be chance.",
    },
    symptom: "`Initial job has not accepted any resources`, and executors that exit with `Failed to \
              connect to …`",
    fix: "pin `spark.driver.port`, `spark.driver.blockManager.port` and `spark.blockManager.port`, and \
          allow them",
    source: "https://spark.apache.org/docs/latest/configuration.html#networking; \
             kubeflow/spark-operator#1075",
    example: Example::Manifests {
        failing: concat!(
            server_with!(
                "spark.master=k8s://https://kubernetes.default.svc:443",
                "spark.driver.host=${env:POD_IP}",
                "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            ),
            "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: spark-connect
spec:
  podSelector:
    matchLabels:
      app: spark-connect
  policyTypes:
  - Ingress
  ingress:
  - from:
    - podSelector:
        matchLabels:
          spark-role: executor
    ports:
    - port: 7078
    - port: 7079
"
        ),
        passing: concat!(
            server_with!(
                "spark.master=k8s://https://kubernetes.default.svc:443",
                "spark.driver.host=${env:POD_IP}",
                "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
                "spark.driver.port=7078",
                "spark.driver.blockManager.port=7079",
            ),
            "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: spark-connect
spec:
  podSelector:
    matchLabels:
      app: spark-connect
  policyTypes:
  - Ingress
  ingress:
  - from:
    - podSelector:
        matchLabels:
          spark-role: executor
    ports:
    - port: 7078
    - port: 7079
"
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for purpose in [Purpose::Driver, Purpose::Blocks] {
        blocked(&CHECK, platform, purpose, &Ports::Random, findings);
    }
}
