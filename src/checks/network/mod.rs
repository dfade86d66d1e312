//! Which traffic passes.

mod api_server_blocked;
mod connect_open;
mod dead_port;
mod dns_blocked;
mod driver_unreachable;
mod executors_unreachable;
mod master_unreachable;
mod random_port;
mod server_unreachable;
mod store_unreachable;
mod webhook_unreachable;

use std::ops::RangeInclusive;

use super::{Check, Findings};
use crate::{
    document::{Node, Origins},
    kubernetes::{Blockade, Object, Verdict},
    platform::{Platform, Purpose, place},
};

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    driver_unreachable::CHECK,
    random_port::CHECK,
    executors_unreachable::CHECK,
    store_unreachable::CHECK,
    dns_blocked::CHECK,
    api_server_blocked::CHECK,
    server_unreachable::CHECK,
    webhook_unreachable::CHECK,
    master_unreachable::CHECK,
    connect_open::CHECK,
    dead_port::CHECK,
];

/// Whether a port is pinned.
enum Ports {
    Pinned,
    Random,
    Any,
}

impl Ports {
    fn are(&self, ports: &RangeInclusive<u16>) -> bool {
        match self {
            Self::Pinned => ports.start() == ports.end(),
            Self::Random => ports.start() != ports.end(),
            Self::Any => true,
        }
    }
}

/// Reports the traffic for a purpose that policies block, each pair of ends once.
fn blocked(
    check: &Check,
    platform: &Platform<'_>,
    purpose: Purpose,
    which: &Ports,
    findings: &mut Findings,
) {
    for traffic in platform.traffic(purpose) {
        let mut ports = Vec::new();
        let mut sides: Vec<Blockade<'_>> = Vec::new();
        let connections = traffic.connections();
        for connection in connections.filter(|it| which.are(&it.ports)) {
            if let Verdict::Blocked { by, .. } = platform.network_policies().judge(&connection) {
                ports.push(connection.ports);
                for side in by {
                    if !sides.contains(&side) {
                        sides.push(side);
                    }
                }
            }
        }
        let policies = sides.iter().flat_map(|side| &side.policies);
        let Some(first) = policies.clone().next() else {
            continue;
        };
        let names: Vec<_> = policies.map(|it| it.identity().to_string()).collect();
        let verb = if names.len() == 1 { "keeps" } else { "keep" };
        let title = format!(
            "{} {verb} {} from {}, {}",
            names.join(" and "),
            traffic.from.what,
            traffic.to.what,
            in_words(&ports)
        );
        let mut finding = check.finds(title);
        for side in &sides {
            for policy in &side.policies {
                let label = format!("no rule of {} fits", side.direction.name().to_lowercase());
                let origins = origins(platform, policy, side.direction.name());
                finding = finding.at_value(origins, label);
            }
        }
        findings.push(first.identity(), finding);
    }
}

/// Such as `port 7078` or `port 7078 and a random port`.
fn in_words(ports: &[RangeInclusive<u16>]) -> String {
    let words = ports.iter().map(|range| match range.start() {
        port if port == range.end() => format!("port {port}"),
        _ => format!("a random port of {} to {}", range.start(), range.end()),
    });
    words.collect::<Vec<_>>().join(" and ")
}

/// Where a policy says what it lets through in a direction, or else whom it selects.
fn origins<'a>(platform: &Platform<'a>, policy: &'a Object, direction: &str) -> &'a Origins {
    let rules = direction.to_lowercase();
    let paths = [
        &["spec", &rules][..],
        &["spec", "policyTypes"],
        &["spec", "podSelector"],
        &["metadata", "name"],
    ];
    let nodes = paths
        .iter()
        .filter_map(|path| policy.node().at(path.iter().copied()));
    let mut origins = nodes.map(|it: &Node| &it.origins);
    let stated = origins.find(|it| !it.is_empty());
    let member = platform.graph.member(policy.identity());
    match (stated, member) {
        (Some(origins), _) => origins,
        (None, Some(member)) => place(&policy.node().origins, member),
        (None, None) => &policy.node().origins,
    }
}
