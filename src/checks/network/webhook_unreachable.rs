//! Policies between the API server and the webhooks that it asks.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0908",
        name: "webhook-unreachable",
        page: "The API server asks a webhook through its Service, on the port on which the pod listens, \
               and refuses the object when nobody answers and `failurePolicy` is `Fail`. It is no pod that \
               a selector selects, so only a block of addresses lets it in.",
    },
    symptom: "`failed calling webhook …: context deadline exceeded`",
    fix: "allow the pod's port from the addresses of the API server",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/operators/spark-operator-webhook"
merge.spec.ingress = [
  { from = [{ ipBlock = { cidr = "192.0.2.0/24" } }], ports = [{ protocol = "TCP", port = 443 }] },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.network]
target = "NetworkPolicy/operators/spark-operator-webhook"
merge.spec.ingress = [
  { from = [{ ipBlock = { cidr = "192.0.2.0/24" } }], ports = [{ protocol = "TCP", port = 9443 }] },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Webhook, &Ports::Any, findings);
}
