//! Services that lead nowhere.

use std::collections::BTreeSet;

use crate::{
    checks::{Check, Findings, pages},
    graph::Member,
    kubernetes::{ConnectionEnd, Identity, default_group},
    platform::{Platform, place, target_port},
};

/// The rule.
pub const CHECK: Check = pages::dead_port(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    if !platform.is_closed_world {
        return;
    }
    let hidden = with_hidden_pods(platform);
    for service in platform.of_kind("", "Service") {
        let identity = service.object.identity();
        let Some(selector) = service.object.node().at(["spec", "selector"]) else {
            continue;
        };
        let selected = platform.selected(service).into_iter();
        let pods: Vec<_> = selected
            .filter_map(|it| match it.at {
                ConnectionEnd::Pod(pod) => Some(pod),
                ConnectionEnd::Addresses(_) | ConnectionEnd::Outside => None,
            })
            .collect();
        if pods.is_empty() && knows_pods(service, &hidden) {
            let title = format!("{identity} selects no pod");
            let finding = CHECK.finds(title);
            let place = place(&selector.origins, service);
            findings.push(identity, finding.at_value(place, "no pod has these labels"));
        }
        for port in service.object.node().list_at(["spec", "ports"]) {
            let Some(target) = port.get("targetPort") else {
                continue;
            };
            let is_dead = pods
                .iter()
                .all(|pod| !pod.labels.has_others() && target_port(port, pod).is_none());
            let (Some(name), false, true) = (target.as_str(), pods.is_empty(), is_dead) else {
                continue;
            };
            let title =
                format!("{identity} leads to the port `{name}`, which its pods do not have");
            let finding = CHECK.finds(title);
            let place = place(&target.origins, service);
            findings.push(
                identity,
                finding.at_value(place, "no container names a port so"),
            );
        }
    }
}

/// Whether all pods that a Service may select are in sight.
fn knows_pods(service: &Member, hidden: &BTreeSet<Option<&str>>) -> bool {
    // A headless Service may be there for names alone.
    let is_headless = service.object.node().str_at(["spec", "clusterIP"]) == Some("None");
    !is_headless && !hidden.contains(&service.object.identity().namespace.as_deref())
}

/// The namespaces with pods that are not in sight: what other operators make of their resources, and what
/// users start.
fn with_hidden_pods<'a>(platform: &Platform<'a>) -> BTreeSet<Option<&'a str>> {
    let makes_some = |identity: &&Identity| {
        let is_of_kubernetes = default_group(&identity.kind) == Some(&identity.group);
        !is_of_kubernetes || identity.group == "sparkoperator.k8s.io"
    };
    let identities = platform.members().map(|it| it.object.identity());
    let makers = identities.filter(makes_some);
    makers.map(|it| it.namespace.as_deref()).collect()
}
