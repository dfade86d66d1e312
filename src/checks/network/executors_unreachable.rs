//! Policies between the block managers of executors.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0903",
        name: "executors-unreachable",
        page: "Executors fetch shuffle data from each other, and the driver fetches results from them, all \
               on `spark.blockManager.port`. Small queries work without, because their results travel by \
               the connection that an executor has opened.",
    },
    symptom: "`FetchFailedException: Connection timed out`, or `Failed to connect to …:7079`, in large \
              queries alone",
    fix: "allow the port from executors and driver, in the executors' ingress and in the egress of both",
    source: "https://spark.apache.org/docs/latest/security.html#configuring-ports-for-network-security",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-connect-analytics-executors"
merge.spec.ingress = [
  { from = [{ podSelector = { matchLabels = { "kiln/workload" = "spark-connect-analytics-executors" } } }], ports = [{ protocol = "TCP", port = 7079 }] },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-connect-analytics-executors"
merge.spec.ingress = [
  { from = [{ podSelector = { matchLabels = { "kiln/workload" = "spark-connect-analytics-executors" } } }], ports = [{ protocol = "TCP", port = 7079 }] },
  { from = [{ podSelector = { matchLabels = { "kiln/workload" = "spark-connect-analytics" } } }], ports = [{ protocol = "TCP", port = 7079 }] },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Blocks, &Ports::Pinned, findings);
}
