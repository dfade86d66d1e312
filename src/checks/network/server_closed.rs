//! Servers that nobody reaches.

use crate::{
    checks::{Check, Findings, pages},
    kubernetes::{ConnectionEnd, Pod},
    manifests::Peer,
    platform::{Platform, Program, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::server_closed(run);

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
