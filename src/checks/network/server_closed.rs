//! Servers that nobody reaches.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::{ConnectionEnd, Pod},
    manifests::Peer,
    platform::{Platform, Program, Role, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0913",
        name: "server-closed",
        page: "Connect servers and the History Server wait for others. kiln lets through the traffic that the \
               spec declares and nothing else, so a server that no flow and no notebook leads to runs for \
               nobody but `kubectl port-forward`.",
    },
    symptom: "clients wait for `failed to connect to all addresses`, browsers for a gateway's time-out",
    fix: "allow the port in the ingress of the server's pods, from those who use it",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.reports]
namespace = "jupyterhub-users"
image = "spark"
"#,
        passing: r#"extends = "_example.toml"

[connect.reports]
namespace = "jupyterhub-users"
image = "spark"

[flows.to-reports]
from = { namespace = "reporting", labels = { app = "dashboard" } }
to = "connect.reports"
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // What another's manifests do not show may let somebody in.
    if !platform.is_closed_world || platform.has_other_policies() {
        return;
    }
    for program in platform.programs() {
        let (Some(port), Some(ConnectionEnd::Pod(pod))) =
            (port(program), program.driver_pod().map(|it| it.at))
        else {
            continue;
        };
        if pod.host_network || platform.network_policies().admit_anybody(&pod, port) {
            continue;
        }
        let member = program.member;
        let identity = member.object.identity();
        let mut finding = CHECK
            .finds(format!("nobody may connect to port {port} of {identity}"))
            .at_key(place(&member.object.node().origins, member), "");
        if let Some(endpoint) = endpoint(platform, &pod) {
            let name = endpoint.rsplit('.').next().unwrap_or(endpoint);
            finding = finding.hint(format!(
                "say who connects, such as all pods of its own namespace:\n\n[flows.to-{name}]\n\
                 from = {{ namespace = \"{}\" }}\nto = \"{endpoint}\"",
                pod.namespace
            ));
        }
        findings.push(identity, finding);
    }
}

/// The port on which others ask a server.
fn port(program: &Program<'_>) -> Option<u16> {
    let (key, default) = match program.role {
        Role::ConnectServer => ("spark.connect.grpc.binding.port", 15002),
        Role::HistoryServer => ("spark.history.ui.port", 18080),
        _ => return None,
    };
    match program.properties.value(key) {
        Some(port) => port.trim().parse().ok(),
        None => program.is_complete.then_some(default),
    }
}

/// What `flows` calls these pods.
fn endpoint<'p>(platform: &'p Platform<'_>, pod: &Pod<'_>) -> Option<&'p str> {
    let is_of = |peer: &Peer| match peer {
        Peer::Pods(pods) => {
            let mut labels = pods.labels.iter();
            pods.namespace.as_str() == pod.namespace
                && labels.all(|(key, value)| pod.labels.has_value(key, value))
        }
        Peer::Addresses(_) | Peer::Anywhere | Peer::Internet => false,
    };
    let mut endpoints = platform.offers.endpoints.iter();
    endpoints.find_map(|(name, it)| is_of(&it.peer).then_some(name.as_str()))
}
