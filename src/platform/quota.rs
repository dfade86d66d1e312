//! What a namespace has room for.

use super::{Platform, Pod, Total, sizes::quantity};
use crate::{document::Node, graph::Member, kubernetes::Quantity};

/// A quota on the pods of a namespace.
#[derive(Clone, Copy, Debug)]
pub struct Quota<'a> {
    /// The object.
    pub member: &'a Member,
    hard: &'a Node,
}

/// What pods need of a resource that a quota limits.
#[derive(Clone, Debug)]
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

impl Need<'_> {
    /// Whether they need more than there is.
    #[must_use]
    pub fn is_too_much(&self) -> bool {
        self.needed > self.hard
    }
}

impl<'a> Platform<'a> {
    /// The quotas on all pods of a namespace. Those with scopes are for some of them.
    pub fn quotas(&self) -> impl Iterator<Item = Quota<'a>> {
        self.of_kind("", "ResourceQuota").filter_map(|member| {
            let spec = member.object.node().get("spec")?;
            let is_for_all = ["scopes", "scopeSelector"].map(|it| spec.get(it)) == [None, None];
            let hard = spec.get("hard").filter(|_| is_for_all)?;
            Some(Quota { member, hard })
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

    /// The pods of its namespace.
    pub fn pods<'p>(
        &self,
        platform: &'p Platform<'a>,
    ) -> impl Iterator<Item = &'p Pod<'a>> + use<'a, 'p> {
        let namespace = self.namespace();
        platform
            .pods()
            .filter(move |it| it.namespace() == namespace)
    }

    /// What so many of each pod need together of everything that it limits.
    #[must_use]
    pub fn needs(&self, pods: &[(&Pod<'_>, u64)]) -> Vec<Need<'a>> {
        let needs = self.limits().filter_map(|(resource, limit)| {
            let parts = pods.iter().filter_map(|(pod, count)| {
                let one = used(pod, resource)?;
                Some(one.quantity.times(*count))
            });
            Some(Need {
                resource,
                limit,
                hard: quantity(limit)?,
                needed: parts.reduce(Quantity::plus)?,
            })
        });
        needs.collect()
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
