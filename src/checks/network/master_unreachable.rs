//! Policies between a standalone master and those who register with it.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0909",
        name: "master-unreachable",
        page: "Workers and drivers register with the master of a standalone cluster, on its port 7077. \
               Later the master opens connections of its own, to tell a worker to start an executor.",
    },
    symptom: "`All masters are unresponsive! Giving up.`, or `Failed to connect to master …:7077`",
    fix: "allow the port from workers and drivers, in the master's ingress and in the egress of both",
    source: "https://spark.apache.org/docs/latest/security.html#standalone-mode-only",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.sandbox]
namespace = "jupyterhub-users"
image = "spark"
backend = "standalone"
standalone = { workers = 1 }

[flows.to-sandbox]
from = { namespace = "jupyterhub-users" }
to = "connect.sandbox"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-connect-sandbox-master"
merge.spec.ingress = [
  { from = [{ podSelector = { matchLabels = { "kiln/workload" = "spark-connect-sandbox" } } }], ports = [{ protocol = "TCP", port = 7077 }] },
]
"#,
        passing: r#"extends = "_example.toml"

[connect.sandbox]
namespace = "jupyterhub-users"
image = "spark"
backend = "standalone"
standalone = { workers = 1 }

[flows.to-sandbox]
from = { namespace = "jupyterhub-users" }
to = "connect.sandbox"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-connect-sandbox-master"
merge.spec.ingress = [
  { from = [{ podSelector = { matchLabels = { "kiln/workload" = "spark-connect-sandbox-workers" } } }], ports = [{ protocol = "TCP", port = 7077 }] },
  { from = [{ podSelector = { matchLabels = { "kiln/workload" = "spark-connect-sandbox" } } }], ports = [{ protocol = "TCP", port = 7077 }] },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Master, &Ports::Any, findings);
}
