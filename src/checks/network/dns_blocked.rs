//! Policies that leave no way to ask for names.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0905",
        name: "dns-blocked",
        page: "A pod that a policy selects for egress asks for no name unless a rule allows port 53 of the \
               DNS, on UDP and TCP. Everything that Spark connects to has a name: the API server, the \
               store, the master.",
    },
    symptom: "`UnknownHostException`",
    fix: "allow port 53, UDP and TCP, to the pods of the DNS",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-history-server"
merge.spec.egress = [
  { to = [{ ipBlock = { cidr = "198.51.100.0/24" } }], ports = [{ protocol = "TCP", port = 443 }] },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-history-server"
merge.spec.egress = [
  { to = [{ ipBlock = { cidr = "198.51.100.0/24" } }], ports = [{ protocol = "TCP", port = 443 }] },
  { to = [{ namespaceSelector = { matchLabels = { "kubernetes.io/metadata.name" = "kube-system" } } }], ports = [{ protocol = "UDP", port = 53 }, { protocol = "TCP", port = 53 }] },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Names, &Ports::Any, findings);
}
