//! Namespaces that are meant to be closed, and are not.

use super::origins;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::Direction,
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0917",
        name: "namespace-open",
        page: "kiln closes a namespace by a policy `default-deny` that selects all pods for both directions and has \
               no rule. A patch can take a direction from it, let it select some pods alone, or have it let \
               everything through. Pods that no other policy selects are then open, also those that somebody adds \
               later.",
    },
    symptom: "nothing, until a pod connects that nobody thought of",
    fix: "leave this policy as it is and open what is needed by a flow or by a policy of your own, or write \
          `default-deny = false` in the table of the namespace",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.ingress-alone]
target = "NetworkPolicy/operators/default-deny"
operations = [{ op = "remove", path = "/spec/policyTypes/1" }]
"#,
        passing: r#"extends = "_example.toml"

[namespaces.operators]
default-deny = true
"#,
    },
    run,
};

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
