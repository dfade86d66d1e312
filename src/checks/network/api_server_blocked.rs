//! Policies between drivers and the API server.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0906",
        name: "api-server-blocked",
        page: "Drivers and the operator call the API server. It is no pod that a selector selects: only a \
               block with its own address allows it, and most networks evaluate that address after they have \
               translated the one of the Service `kubernetes`, so its port is mostly 6443 and not 443.",
    },
    symptom: "`External scheduler cannot be instantiated`, with `connect timed out` below",
    fix: "allow the addresses and the port of the cluster's `api-server.endpoints`",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-connect-analytics"
merge.spec.egress = [
  { to = [{ namespaceSelector = { matchLabels = { "kubernetes.io/metadata.name" = "kube-system" } } }], ports = [{ protocol = "UDP", port = 53 }, { protocol = "TCP", port = 53 }] },
  { to = [{ ipBlock = { cidr = "198.51.100.0/24" } }], ports = [{ protocol = "TCP", port = 443 }] },
  { to = [{ podSelector = { matchLabels = { "kiln/workload" = "spark-connect-analytics-executors" } } }], ports = [{ protocol = "TCP", port = 7079 }] },
  { to = [{ ipBlock = { cidr = "192.0.2.0/24" } }], ports = [{ protocol = "TCP", port = 443 }] },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-connect-analytics"
merge.spec.egress = [
  { to = [{ namespaceSelector = { matchLabels = { "kubernetes.io/metadata.name" = "kube-system" } } }], ports = [{ protocol = "UDP", port = 53 }, { protocol = "TCP", port = 53 }] },
  { to = [{ ipBlock = { cidr = "198.51.100.0/24" } }], ports = [{ protocol = "TCP", port = 443 }] },
  { to = [{ podSelector = { matchLabels = { "kiln/workload" = "spark-connect-analytics-executors" } } }], ports = [{ protocol = "TCP", port = 7079 }] },
  { to = [{ ipBlock = { cidr = "192.0.2.0/24" } }], ports = [{ protocol = "TCP", port = 6443 }] },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::ApiServer, &Ports::Any, findings);
}
