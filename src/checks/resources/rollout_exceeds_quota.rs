//! Quotas without room for the pod that comes before the old one goes.

use crate::{
    checks::{Check, Findings, pages},
    diagnostics::Diagnostic,
    document::Node,
    graph::Member,
    platform::{Needs, Platform, Quota, place, quantity},
};

/// The rule.
pub const CHECK: Check = pages::rollout_exceeds_quota(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for quota in platform.quotas() {
        let load = quota.load(platform);
        let always = quota.needs(&load.always);
        // What does not even fit without a change is another check's.
        if !always.fit() {
            continue;
        }
        // The pod of a driver stands for its executors too.
        for (pod, _) in load.always.iter().filter(|(it, _)| !it.is_executor()) {
            let new = match new_ones(pod.member) {
                New::None => continue,
                New::One => vec![(*pod, 1)],
                New::All => {
                    let pods = load.always.iter();
                    let of_same = pods.filter(|(it, _)| std::ptr::eq(it.member, pod.member));
                    of_same.copied().collect()
                }
            };
            let together = always.plus(&quota.needs(&new));
            if !together.fit() {
                let identity = pod.member.object.identity();
                findings.push(identity, finding(&quota, &together, pod.member));
            }
        }
    }
}

fn finding(quota: &Quota<'_>, needs: &Needs<'_>, member: &Member) -> Diagnostic {
    let identity = member.object.identity();
    let mut diagnostic = CHECK
        .finds(format!(
            "the quota of `{}` has no room to replace {identity}",
            quota.namespace().unwrap_or_default(),
        ))
        .at_value(
            &member.origins,
            "a change makes the new pod before the old one goes",
        );
    for need in needs.exceeded() {
        let place = place(&need.limit.origins, quota.member);
        diagnostic = diagnostic.at_value(place, format!("{} are needed then", need.needed));
    }
    if identity.kind == "SparkConnect" {
        diagnostic = diagnostic.hint(
            "raise the quota, or use `form = \"deployment\"`, which stops the old server first",
        );
    }
    diagnostic
}

/// How many new pods there must be beside the old ones for a change to begin.
enum New {
    None,
    One,
    All,
}

fn new_ones(member: &Member) -> New {
    let spec = member.object.node().get("spec");
    match member.object.identity().kind.as_str() {
        // kiln gives each content an object of its own; of others the operator ignores a change.
        "SparkConnect" if member.template.is_some() => New::All,
        "Deployment" if may_lose_none(spec) => New::One,
        _ => New::None,
    }
}

/// Whether a Deployment keeps all its pods until new ones are there. Shares of the replicas are rounded
/// down for those it may lose; where it may neither lose nor add one, it loses one.
fn may_lose_none(spec: Option<&Node>) -> bool {
    let strategy = spec.and_then(|it| it.get("strategy"));
    if strategy.and_then(|it| it.str_at(["type"])) == Some("Recreate") {
        return false;
    }
    let replicas = spec.and_then(|it| it.get("replicas")?.as_integer());
    let replicas = replicas.unwrap_or(1);
    let number = |field: &str, rounds_up: bool| {
        let node = strategy.and_then(|it| it.at(["rollingUpdate", field]));
        let share = match node {
            None => Some(25),
            Some(node) => node
                .as_str()
                .and_then(|it| it.strip_suffix('%')?.parse::<i64>().ok()),
        };
        match (share, node) {
            (Some(share), _) => {
                let hundredths = replicas.saturating_mul(share);
                Some(if rounds_up {
                    hundredths.saturating_add(99) / 100
                } else {
                    hundredths / 100
                })
            }
            (None, node) => node
                .and_then(quantity)
                .map(crate::kubernetes::Quantity::units),
        }
    };
    replicas > 0
        && number("maxUnavailable", false) == Some(0)
        && number("maxSurge", true) != Some(0)
}
