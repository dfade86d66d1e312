//! Connect servers behind a load balancer.

use super::connect_open::{has_token, is_local};
use crate::{
    checks::{Check, Findings, pages},
    graph::Member,
    kubernetes::{Answer, ConnectionEnd, Pod},
    platform::{Platform, Role, place, target_port},
};

/// The rule.
pub const CHECK: Check = pages::connect_exposed(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if program.role != Role::ConnectServer || has_token(program) || is_local(program) {
            continue;
        }
        let Some(ConnectionEnd::Pod(pod)) = program.driver_pod().map(|it| it.at) else {
            continue;
        };
        for service in platform.of_kind("", "Service") {
            let identity = service.object.identity();
            let is_here = identity.namespace.as_deref() == program.namespace();
            if is_here
                && is_public(service)
                && leads_to(service, &pod)
                && let Some(kind) = service.object.node().at(["spec", "type"])
            {
                let server = program.member.object.identity();
                let title = format!("{identity} opens {server} to the outside");
                let place = place(&kind.origins, service);
                findings.push(identity, CHECK.finds(title).at_value(place, ""));
            }
        }
    }
}

/// Whether a Service has an address outside of the cluster, and not one of an internal network.
fn is_public(service: &Member) -> bool {
    let spec = service.object.node().get("spec");
    let is_internal = service.object.annotations().any(|(key, value)| {
        let value = value.as_str().unwrap_or_default();
        format!("{key} {value}").to_lowercase().contains("internal")
    });
    spec.is_some_and(|it| {
        it.str_at(["type"]) == Some("LoadBalancer")
            && it.list_at(["loadBalancerSourceRanges"]).is_empty()
            && it.get("loadBalancerClass").is_none()
    }) && !is_internal
}

fn leads_to(service: &Member, pod: &Pod<'_>) -> bool {
    let spec = service.object.node().get("spec");
    let selector = spec.and_then(|it| it.get("selector"));
    let ports = spec.map_or(&[][..], |it| it.list_at(["ports"]));
    selector.is_some_and(|it| pod.labels.match_labels(it) == Answer::Yes)
        && ports.iter().any(|it| target_port(it, pod) == Some(15002))
}
