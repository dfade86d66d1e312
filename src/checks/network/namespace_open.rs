//! Namespaces that are meant to be closed, and are not.

use super::origins;
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::Direction,
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = pages::namespace_open(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let namespaces = platform.offers.namespaces.iter();
    for (namespace, _) in namespaces.filter(|(_, it)| it.is_closed()) {
        let group = "networking.k8s.io";
        let policy = platform.object(group, "NetworkPolicy", Some(namespace), "default-deny");
        let Some(policy) = policy.map(|it| &it.object) else {
            continue;
        };
        let directions = [Direction::Ingress, Direction::Egress].into_iter();
        let open = directions.filter(|it| !platform.network_policies().close(namespace, *it));
        let names: Vec<_> = open.map(|it| it.name().to_lowercase()).collect();
        if let Some(first) = names.first() {
            let title = format!(
                "the namespace `{namespace}` is not closed for {}",
                names.join(" and ")
            );
            let place = origins(platform, policy, first);
            findings.push(policy.identity(), CHECK.finds(title).at_value(place, ""));
        }
    }
}
