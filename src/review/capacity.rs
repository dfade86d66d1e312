//! What the pods of a namespace ask for, at least and at most, beside what its quota and the nodes have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Comparison, Consequence, Effect, Side, rules};
use crate::{
    kubernetes::Quantity,
    platform::{list_and_resource, quantity},
};

/// Requests of one resource.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Asked {
    /// Of the pods that always run.
    least: Quantity,
    /// Of all that may run at once, as far as something limits them.
    most: Quantity,
    /// Whether nothing limits some of them.
    is_open: bool,
}

impl Asked {
    const NOTHING: Self = Self {
        least: Quantity::from_units(0),
        most: Quantity::from_units(0),
        is_open: false,
    };
}

const RESOURCES: [(&str, &str); 2] = [("cpu", "cores"), ("memory", "of memory")];

/// The namespaces whose pods ask for more or less.
#[must_use]
pub fn consequences(sides: Comparison<'_, '_>) -> Vec<Consequence> {
    let (old, new) = (asked(sides.old), asked(sides.new));
    let namespaces: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for namespace in namespaces {
        let nothing = BTreeMap::new();
        let (had, has) = (
            old.get(namespace).unwrap_or(&nothing),
            new.get(namespace).unwrap_or(&nothing),
        );
        let mut effects = Vec::new();
        for (resource, unit) in RESOURCES {
            let was = had.get(resource).copied().unwrap_or(Asked::NOTHING);
            let is = has.get(resource).copied().unwrap_or(Asked::NOTHING);
            if was == is {
                continue;
            }
            let amount = |it: Quantity| amount(resource, it);
            let (least, most) = (amount(is.least), amount(is.most));
            let open = if is.is_open {
                ", beside what nothing limits"
            } else {
                ""
            };
            let what = format!(
                "asks for {least} {unit} at least{}, and at most {most}{}{open}",
                instead_of(&least, &amount(was.least)),
                instead_of(&most, &amount(was.most)),
            );
            let mut effect = Effect::new(rules::CAPACITY, what);
            if let Some(room) = room(sides.new, namespace, resource) {
                effect = effect.note(room);
            }
            effects.push(effect);
        }
        if !effects.is_empty() {
            found.push(Consequence {
                subject: format!("Namespace/{namespace}"),
                effects,
                causes: Vec::new(),
            });
        }
    }
    found
}

/// An amount as people write it: cores, or GiB with at most one digit behind the point.
fn amount(resource: &str, quantity: Quantity) -> String {
    /// In thousand-millionths.
    const UNIT: i128 = 1_000_000_000;
    let tenths = |units: i128, of: i128| {
        let tenths = (units * 10 + of / 2) / of;
        match tenths % 10 {
            0 => (tenths / 10).to_string(),
            digit => format!("{}.{digit}", tenths / 10),
        }
    };
    match resource {
        "cpu" => tenths(quantity.nano(), UNIT),
        _ => format!("{}Gi", tenths(quantity.nano(), UNIT << 30)),
    }
}

fn instead_of(is: &str, was: &str) -> String {
    if is == was {
        String::new()
    } else {
        format!(" instead of {was}")
    }
}

type ByResource = BTreeMap<&'static str, Asked>;

fn asked(side: &Side<'_>) -> BTreeMap<String, ByResource> {
    let mut all: BTreeMap<String, ByResource> = BTreeMap::new();
    for pod in side.platform.pods() {
        let namespace = pod.namespace().unwrap_or_default().to_owned();
        for (resource, _) in RESOURCES {
            let Some(one) = pod.requests(resource) else {
                continue;
            };
            let one = one.quantity;
            let least = if pod.count.is_permanent {
                pod.count.least
            } else {
                0
            };
            let asked = all.entry(namespace.clone()).or_default();
            let asked = asked.entry(resource).or_insert(Asked::NOTHING);
            asked.least = asked.least.plus(one.times(least));
            match pod.count.most {
                Some(most) => asked.most = asked.most.plus(one.times(most)),
                None => asked.is_open = true,
            }
        }
    }
    all
}

/// What a quota of the namespace allows, and what all nodes together have.
fn room(side: &Side<'_>, namespace: &str, resource: &str) -> Option<String> {
    let quotas = side
        .platform
        .quotas()
        .filter(|it| it.namespace() == Some(namespace) && !it.has_scopes());
    let hard = quotas.flat_map(|it| it.limits().collect::<Vec<_>>());
    let hard = hard.filter(|(name, _)| list_and_resource(name) == Some(("requests", resource)));
    let hard = hard
        .filter_map(|(_, node)| quantity(node))
        .min_by(|one, other| one.nano().cmp(&other.nano()));
    let pools = side
        .compilation
        .offers
        .cluster
        .iter()
        .flat_map(|it| &it.node_pools);
    let nodes = pools.map(|pool| {
        let one = match resource {
            "cpu" => pool.cpu.quantity(),
            _ => pool.memory.quantity(),
        };
        one.times(u64::from(*pool.nodes))
    });
    let nodes = nodes.reduce(Quantity::plus);
    match (hard, nodes) {
        (None, None) => None,
        (Some(hard), None) => Some(format!("the quota allows {}", amount(resource, hard))),
        (None, Some(nodes)) => Some(format!("the nodes have {}", amount(resource, nodes))),
        (Some(hard), Some(nodes)) => {
            let (hard, nodes) = (amount(resource, hard), amount(resource, nodes));
            Some(format!("the quota allows {hard}, the nodes have {nodes}"))
        }
    }
}
