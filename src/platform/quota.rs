//! What a namespace has room for.

use std::collections::BTreeMap;

use super::{Platform, Pod, Total, sizes::quantity};
use crate::{
    document::Node,
    graph::Member,
    kubernetes::{Identity, Quantity},
};

/// A quota on a namespace.
#[derive(Clone, Copy, Debug)]
pub struct Quota<'a> {
    /// The object.
    pub member: &'a Member,
    spec: &'a Node,
    hard: &'a Node,
}

/// What pods need of a resource that a quota limits.
#[derive(Clone, Copy, Debug)]
pub struct Need<'a> {
    /// The resource, as the quota calls it: `requests.cpu`, `limits.memory` or `pods`.
    pub resource: &'a str,
    /// What the quota allows.
    pub limit: &'a Node,
    /// The same, as an amount.
    pub hard: Quantity,
    /// What the pods need.
    pub needed: Quantity,
}

impl<'a> Platform<'a> {
    /// The quotas.
    pub fn quotas(&self) -> impl Iterator<Item = Quota<'a>> {
        self.of_kind("", "ResourceQuota").filter_map(|member| {
            let spec = member.object.node().get("spec")?;
            let hard = spec.get("hard")?;
            Some(Quota { member, spec, hard })
        })
    }
}

impl<'a> Quota<'a> {
    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> Option<&'a str> {
        self.member.object.identity().namespace.as_deref()
    }

    /// What it limits, by the names that it uses.
    pub fn limits(&self) -> impl Iterator<Item = (&'a str, &'a Node)> + use<'a> {
        self.hard
            .entries()
            .map(|(name, node)| (name.as_str(), node))
    }

    /// Whether it is for some pods of its namespace alone.
    #[must_use]
    pub fn has_scopes(&self) -> bool {
        self.scopes().next().is_some()
    }

    /// Each scope, the operator, and the values that go with it.
    fn scopes(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a [Node])> + use<'a> {
        let named = self.spec.list_at(["scopes"]).iter();
        let named = named.filter_map(|it| Some((it.as_str()?, "Exists", &[][..])));
        let selected = self.spec.list_at(["scopeSelector", "matchExpressions"]);
        let selected = selected.iter().filter_map(|it| {
            let name = it.str_at(["scopeName"])?;
            let operator = it.str_at(["operator"]).unwrap_or("Exists");
            Some((name, operator, it.list_at(["values"])))
        });
        named.chain(selected)
    }

    /// The pods that it counts.
    pub fn pods<'p>(
        &self,
        platform: &'p Platform<'a>,
    ) -> impl Iterator<Item = &'p Pod<'a>> + use<'a, 'p> {
        let namespace = self.namespace();
        let scopes: Vec<_> = self.scopes().collect();
        let pods = platform.pods();
        pods.filter(move |pod| {
            let is_in = |(scope, operator, values)| is_in(platform, pod, scope, operator, values);
            pod.namespace() == namespace && scopes.iter().copied().all(is_in)
        })
    }

    /// The pods that it counts, by when they run.
    #[must_use]
    pub fn load<'p>(&self, platform: &'p Platform<'a>) -> Load<'p, 'a> {
        let mut load = Load::default();
        for pod in self.pods(platform).filter(|it| it.count.least > 0) {
            let pods = if pod.count.is_permanent {
                &mut load.always
            } else {
                let object = pod.member.object.identity();
                load.jobs.entry(object).or_default()
            };
            pods.push((pod, pod.count.least));
        }
        load
    }

    /// What so many of each pod need together of everything that it limits.
    #[must_use]
    pub fn needs(&self, pods: &[(&Pod<'_>, u64)]) -> Needs<'a> {
        let needs = self.limits().filter_map(|(resource, limit)| {
            let parts = pods.iter().filter_map(|(pod, count)| {
                let one = used(pod, resource)?;
                Some(one.quantity.times(*count))
            });
            Some(Need {
                resource,
                limit,
                hard: quantity(limit)?,
                needed: parts
                    .reduce(Quantity::plus)
                    .unwrap_or(Quantity::from_units(0)),
            })
        });
        Needs(needs.collect())
    }
}

/// The pods of a namespace, and how many there are of each at least.
#[derive(Clone, Debug, Default)]
pub struct Load<'p, 'a> {
    /// Those that always run.
    pub always: Vec<(&'p Pod<'a>, u64)>,
    /// Those that run now and then, by the object that leads to them.
    pub jobs: BTreeMap<&'a Identity, Vec<(&'p Pod<'a>, u64)>>,
}

/// What pods need of everything that a quota limits.
#[derive(Clone, Debug)]
pub struct Needs<'a>(Vec<Need<'a>>);

impl<'a> Needs<'a> {
    /// Those of further pods beside them, by the same quota.
    #[must_use]
    pub fn plus(&self, others: &Self) -> Self {
        self.with(others, Quantity::plus)
    }

    /// Those without some of the pods.
    #[must_use]
    pub fn minus(&self, others: &Self) -> Self {
        self.with(others, Quantity::minus)
    }

    fn with(&self, others: &Self, combine: fn(Quantity, Quantity) -> Quantity) -> Self {
        let pairs = self.0.iter().zip(&others.0);
        let combined = pairs.map(|(one, other)| Need {
            needed: combine(one.needed, other.needed),
            ..*one
        });
        Self(combined.collect())
    }

    /// Those beyond what the quota allows. One setting may limit requests and limits alike, and is named
    /// once.
    #[must_use]
    pub fn exceeded(&self) -> Vec<Need<'a>> {
        let mut exceeded: Vec<Need<'_>> = Vec::new();
        for need in self.0.iter().filter(|it| it.needed > it.hard) {
            let origins = &need.limit.origins;
            let is_new = exceeded.iter().all(|it| it.limit.origins != *origins);
            if is_new || origins.is_empty() {
                exceeded.push(*need);
            }
        }
        exceeded
    }

    /// Whether there is room for them.
    #[must_use]
    pub fn fit(&self) -> bool {
        self.0.iter().all(|it| it.needed <= it.hard)
    }

    /// How often others fit beside them, and what ends first.
    #[must_use]
    pub fn room_for(&self, others: &Self) -> Option<(u64, Need<'a>)> {
        let pairs = self.0.iter().zip(&others.0);
        let times = pairs.filter_map(|(used, one)| {
            let room = used.hard.minus(used.needed);
            Some((room.divided_by(one.needed)?, *one))
        });
        times.min_by_key(|(times, _)| *times)
    }
}

/// Which list and which resource of a container a quota limits, by the name that it uses.
#[must_use]
pub fn list_and_resource(name: &str) -> Option<(&'static str, &str)> {
    match name.split_once('.') {
        Some(("limits", resource)) => Some(("limits", resource)),
        Some(("requests", resource)) => Some(("requests", resource)),
        None if matches!(name, "cpu" | "memory" | "ephemeral-storage") => Some(("requests", name)),
        _ => None,
    }
}

/// What one pod uses up of what a quota limits; none when it has no part in it, or that cannot be read.
#[must_use]
pub fn used(pod: &Pod<'_>, name: &str) -> Option<Total> {
    if matches!(name, "pods" | "count/pods") {
        return Some(Total {
            quantity: Quantity::from_units(1),
            origins: pod.count.origins.clone(),
        });
    }
    let total = match list_and_resource(name)? {
        ("limits", resource) => pod.limits(resource),
        (_, resource) => pod.requests(resource),
    };
    total.filter(|it| it.quantity > Quantity::from_units(0))
}

/// Whether a pod is in a scope of a quota (`pkg/quota/v1/evaluator/core/pods.go`).
fn is_in(
    platform: &Platform<'_>,
    pod: &Pod<'_>,
    scope: &str,
    operator: &str,
    values: &[Node],
) -> bool {
    let spec = pod.spec();
    let ends = || spec.is_some_and(|it| it.get("activeDeadlineSeconds").is_some());
    let asks_for_nothing = || {
        let mut amounts = ["cpu", "memory"]
            .iter()
            .flat_map(|it| [pod.requests(it), pod.limits(it)]);
        amounts.all(|it| it.is_some_and(|it| it.quantity == Quantity::from_units(0)))
    };
    match scope {
        "Terminating" => ends(),
        "NotTerminating" => !ends(),
        "BestEffort" => asks_for_nothing(),
        "NotBestEffort" => !asks_for_nothing(),
        "PriorityClass" => {
            let class = priority_class(platform, pod);
            let is_named = || values.iter().any(|it| it.as_str() == class);
            match operator {
                "In" => class.is_some() && is_named(),
                "NotIn" => !(class.is_some() && is_named()),
                "DoesNotExist" => class.is_none(),
                _ => class.is_some(),
            }
        }
        "CrossNamespacePodAffinity" => {
            let affinity = spec.and_then(|it| it.get("affinity"));
            affinity.is_some_and(names_namespaces)
        }
        // A server that knows more scopes than these may count it or not.
        _ => false,
    }
}

/// The priority class of a pod: its own, or the one for all that have none.
fn priority_class<'p>(platform: &'p Platform<'_>, pod: &'p Pod<'_>) -> Option<&'p str> {
    let own = pod.spec().and_then(|it| it.str_at(["priorityClassName"]));
    own.filter(|it| !it.is_empty()).or_else(|| {
        let mut classes = platform.of_kind("scheduling.k8s.io", "PriorityClass");
        let default = classes.find(|it| {
            let is_default = it.object.node().get("globalDefault");
            is_default.and_then(Node::as_bool) == Some(true)
        })?;
        Some(default.object.identity().name.as_str())
    })
}

/// Whether a term of an affinity looks at pods of other namespaces.
fn names_namespaces(affinity: &Node) -> bool {
    let entries = affinity.entries().any(|(key, node)| {
        matches!(key.as_str(), "namespaces" | "namespaceSelector") || names_namespaces(node)
    });
    entries || affinity.items().iter().any(names_namespaces)
}
