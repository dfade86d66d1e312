//! Policies between Spark and its object store.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0904",
        name: "store-unreachable",
        page: "Drivers, executors and the History Server read and write the object store themselves. \
               Policies see the port of the pod, not that of its Service, and addresses outside of the \
               cluster only as blocks, never as names.",
    },
    symptom: "`Connect to … failed: Connect timed out` of S3A, minutes after the start",
    fix: "allow the store's port in the egress of whoever uses it, and in the ingress of a store in the \
          cluster",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-history-server"
merge.spec.egress = [
  { to = [{ namespaceSelector = { matchLabels = { "kubernetes.io/metadata.name" = "kube-system" } } }], ports = [{ protocol = "UDP", port = 53 }, { protocol = "TCP", port = 53 }] },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/jupyterhub-users/spark-history-server"
merge.spec.egress = [
  { to = [{ namespaceSelector = { matchLabels = { "kubernetes.io/metadata.name" = "kube-system" } } }], ports = [{ protocol = "UDP", port = 53 }, { protocol = "TCP", port = 53 }] },
  { to = [{ ipBlock = { cidr = "198.51.100.0/24" } }], ports = [{ protocol = "TCP", port = 443 }] },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Store, &Ports::Any, findings);
}
