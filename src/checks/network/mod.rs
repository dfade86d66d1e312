//! Which traffic passes.

mod api_server_blocked;
mod connect_exposed;
mod connect_open;
mod dead_port;
mod dns_blocked;
mod driver_unreachable;
mod executors_unreachable;
mod host_in_another_namespace;
mod host_unreachable;
mod master_unreachable;
mod metadata_reachable;
mod namespace_open;
mod pods_cut_off;
mod random_port;
mod server_closed;
mod server_unreachable;
mod store_unreachable;
mod webhook_unreachable;

use std::ops::RangeInclusive;

use super::{Check, Findings};
use crate::{
    document::{Node, Origins},
    kubernetes::{Denial, Object, Verdict},
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
    connect_exposed::CHECK,
    server_closed::CHECK,
    host_unreachable::CHECK,
    pods_cut_off::CHECK,
    metadata_reachable::CHECK,
    namespace_open::CHECK,
    host_in_another_namespace::CHECK,
];

/// Whether a port is pinned.
pub(super) enum Ports {
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

/// Traffic that policies deny, and who is cut off by them.
struct BlockedFlow<'a> {
    sides: Vec<Denial<'a>>,
    from: Vec<String>,
    to: String,
    ports: Vec<RangeInclusive<u16>>,
}

/// Reports the traffic for a purpose that policies block, once for all who are kept from the same.
pub(super) fn blocked(
    check: &Check,
    platform: &Platform<'_>,
    purpose: Purpose,
    which: &Ports,
    findings: &mut Findings,
) {
    let mut flows: Vec<BlockedFlow<'_>> = Vec::new();
    for traffic in platform.traffic(purpose) {
        let mut ports = Vec::new();
        let mut sides: Vec<Denial<'_>> = Vec::new();
        let connections = traffic.connections();
        for connection in connections.filter(|it| which.are(&it.ports)) {
            if let Verdict::Blocked { by, .. } = platform.network_policies().evaluate(&connection) {
                ports.push(connection.ports);
                let new: Vec<_> = by.into_iter().filter(|it| !sides.contains(it)).collect();
                sides.extend(new);
            }
        }
        let is_deliberate = |side: &Denial<'_>| is_deliberate(platform, side);
        if sides.is_empty() || !platform.is_closed_world && !sides.iter().any(is_deliberate) {
            continue;
        }
        let (from, to) = (traffic.from.what, traffic.to.what);
        let known = flows
            .iter_mut()
            .find(|it| it.sides == sides && it.to == to && it.ports == ports);
        match known {
            Some(flow) if flow.from.contains(&from) => {}
            Some(flow) => flow.from.push(from),
            None => flows.push(BlockedFlow {
                sides,
                from: vec![from],
                to,
                ports,
            }),
        }
    }
    for flow in flows {
        report(check, platform, &flow, findings);
    }
}

/// Whether a policy is about pods that it chooses. One that closes a whole namespace relies on others
/// to open it, and those may be out of sight, unless some of them are in sight.
fn is_deliberate(platform: &Platform<'_>, side: &Denial<'_>) -> bool {
    let mut policies = side.policies.iter();
    policies.any(|policy| {
        let namespace = &policy.identity().namespace;
        let of_kind = platform.of_kind("networking.k8s.io", "NetworkPolicy");
        let mut others = of_kind.filter(|it| it.object.identity().namespace == *namespace);
        let rules = side.direction.name().to_lowercase();
        chooses(policy)
            || others.any(|it| {
                let rules = it.object.node().list_at(["spec", rules.as_str()]);
                chooses(&it.object) && !rules.is_empty()
            })
    })
}

/// Whether a policy is about some of the pods of its namespace.
fn chooses(policy: &Object) -> bool {
    let selector = policy.node().at(["spec", "podSelector"]);
    selector.is_some_and(|it| it.entries().next().is_some())
}

fn report(check: &Check, platform: &Platform<'_>, flow: &BlockedFlow<'_>, findings: &mut Findings) {
    let mut policies: Vec<&Object> = Vec::new();
    for policy in flow.sides.iter().flat_map(to_fix) {
        if !policies.contains(&policy) {
            policies.push(policy);
        }
    }
    let Some(first) = policies.first() else {
        return;
    };
    let names: Vec<_> = policies
        .iter()
        .map(|it| it.identity().to_string())
        .collect();
    let verb = if names.len() == 1 { "keeps" } else { "keep" };
    let from = match &flow.from[..] {
        [first, second, _, ..] => {
            format!("{first}, {second} and {} more", flow.from.len() - 2)
        }
        few => few.join(" and "),
    };
    let title = format!(
        "{} {verb} {from} from {}, {}",
        names.join(" and "),
        flow.to,
        in_words(&flow.ports)
    );
    let mut finding = check.finds(title);
    for side in &flow.sides {
        for policy in to_fix(side) {
            let label = format!("no rule of {} fits", side.direction.name().to_lowercase());
            let origins = origins(platform, policy, side.direction.name());
            finding = finding.at_value(origins, label);
        }
    }
    findings.push(first.identity(), finding);
}

/// The policies of a side that may have been meant to let the traffic through: those that choose their
/// pods, or else those that close the namespace.
fn to_fix<'s, 'a>(side: &'s Denial<'a>) -> impl Iterator<Item = &'a Object> + 's {
    let any_chooses = side.policies.iter().any(|it| chooses(it));
    let policies = side.policies.iter().copied();
    policies.filter(move |it| chooses(it) || !any_chooses)
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
        &["spec"],
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
