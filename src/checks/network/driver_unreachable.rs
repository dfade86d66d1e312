//! Policies between executors and their driver.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0901",
        name: "driver-unreachable",
        page: "Executors open the connection to their driver, to `spark.driver.port` and \
               `spark.driver.blockManager.port`. A policy that selects the driver for ingress, or the \
               executors for egress, has to let them through: whoever is selected at all may do only what \
               some policy allows.",
    },
    symptom: "`Initial job has not accepted any resources`, and executors that exit with `Failed to \
              connect to …:7078`",
    fix: "allow both ports from the executors, in the ingress of the driver and the egress of the \
          executors",
    source: "https://spark.apache.org/docs/latest/running-on-kubernetes.html#client-mode-networking; \
             kubeflow/spark-operator#1075",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-connect-analytics"
merge.spec.ingress = [
  { from = [{ podSelector = { matchLabels = { "kiln/workload" = "hub" } } }], ports = [{ protocol = "TCP", port = 15002 }] },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-connect-analytics"
merge.spec.ingress = [
  { from = [{ podSelector = { matchLabels = { "kiln/workload" = "spark-connect-analytics-executors" } } }], ports = [{ protocol = "TCP", port = 7078 }, { protocol = "TCP", port = 7079 }] },
  { from = [{ podSelector = { matchLabels = { "kiln/workload" = "hub" } } }], ports = [{ protocol = "TCP", port = 15002 }] },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Driver, &Ports::Pinned, findings);
}
