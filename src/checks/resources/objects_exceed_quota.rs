//! Quotas below the objects themselves.

use std::fmt::Display;

use super::{sum, times};
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::Quantity,
    platform::{Claim, Platform, Quota, place, quantity},
};

/// The rule.
pub const CHECK: Check = pages::objects_exceed_quota(run);

/// A resource of a claim that names its class before it: `gp3.storageclass.storage.k8s.io/`.
const OF_CLASS: &str = ".storageclass.storage.k8s.io/";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // Scopes are for pods alone.
    for quota in platform.quotas().filter(|it| !it.has_scopes()) {
        let mut diagnostic = None;
        for (resource, limit) in quota.limits() {
            let Some(hard) = quantity(limit) else {
                continue;
            };
            let Some(parts) = parts(platform, &quota, resource) else {
                continue;
            };
            let amounts = parts.iter().map(|it| it.amount);
            let needed = amounts.reduce(Quantity::plus);
            let Some(needed) = needed.filter(|it| *it > hard) else {
                continue;
            };
            let so_far = diagnostic.take().unwrap_or_else(|| {
                let namespace = quota.namespace().unwrap_or_default();
                CHECK.finds(format!(
                    "the quota of `{namespace}` has no room for the objects in it"
                ))
            });
            diagnostic = Some(
                so_far
                    .at_value(
                        place(&limit.origins, quota.member),
                        format!("{needed} are needed"),
                    )
                    .note(sum(resource, parts.into_iter().map(|it| it.what))),
            );
        }
        if let Some(diagnostic) = diagnostic {
            findings.push(quota.member.object.identity(), diagnostic);
        }
    }
}

/// What an object needs of a resource.
struct Demand {
    amount: Quantity,
    what: String,
}

impl Demand {
    fn one(what: impl Display) -> Self {
        Self {
            amount: Quantity::from_units(1),
            what: what.to_string(),
        }
    }
}

/// What needs a resource; none when it is one of pods, or another that is not known before they run.
fn parts(platform: &Platform<'_>, quota: &Quota<'_>, resource: &str) -> Option<Vec<Demand>> {
    if let Some((class, is_storage)) = of_claims(resource) {
        let claims = platform.claims().filter(|claim| {
            let is_here = claim.member.object.identity().namespace.as_deref() == quota.namespace();
            is_here && claim.is_permanent && class.is_none_or(|it| claim.class == Some(it))
        });
        return Some(claims.filter_map(|it| of_claim(&it, is_storage)).collect());
    }
    let counted = counted(resource)?;
    let here = platform
        .members()
        .filter(|it| it.object.identity().namespace.as_deref() == quota.namespace());
    let mut parts: Vec<_> = here
        .filter(|it| {
            let identity = it.object.identity();
            let service = it.object.node().str_at(["spec", "type"]);
            match counted {
                Counted::Resource(name) => identity.resource() == name,
                Counted::ReplicaSets => matches!(
                    identity.resource().as_str(),
                    "deployments.apps" | "replicasets.apps"
                ),
                Counted::Services(types) => {
                    identity.resource() == "services"
                        && service.is_some_and(|it| types.contains(&it))
                }
            }
        })
        .map(|it| Demand::one(it.object.identity()))
        .collect();
    let by_kubernetes = match counted {
        Counted::Resource("configmaps") => Some(("ConfigMap", "kube-root-ca.crt")),
        Counted::Resource("serviceaccounts") => Some(("ServiceAccount", "default")),
        _ => None,
    };
    if let Some((kind, name)) = by_kubernetes
        && platform.object("", kind, quota.namespace(), name).is_none()
    {
        parts.push(Demand::one(format!("{kind} `{name}` of Kubernetes itself")));
    }
    Some(parts)
}

/// What is counted.
#[derive(Clone, Copy)]
enum Counted<'r> {
    /// The objects of a resource, such as `deployments.apps`.
    Resource(&'r str),
    /// Those, and what the Deployments make.
    ReplicaSets,
    /// Services of some types.
    Services(&'static [&'static str]),
}

/// What a name of a quota counts (`pkg/quota/v1/evaluator/core/registry.go`).
fn counted(resource: &str) -> Option<Counted<'_>> {
    if let Some(name) = resource.strip_prefix("count/") {
        return match name {
            "pods" | "persistentvolumeclaims" => None,
            "replicasets.apps" => Some(Counted::ReplicaSets),
            _ => Some(Counted::Resource(name)),
        };
    }
    match resource {
        "services" | "configmaps" | "secrets" | "resourcequotas" | "replicationcontrollers" => {
            Some(Counted::Resource(resource))
        }
        "services.nodeports" => Some(Counted::Services(&["NodePort", "LoadBalancer"])),
        "services.loadbalancers" => Some(Counted::Services(&["LoadBalancer"])),
        _ => None,
    }
}

/// Of which class a resource counts claims, and whether their storage.
fn of_claims(resource: &str) -> Option<(Option<&str>, bool)> {
    let (class, resource) = match resource.split_once(OF_CLASS) {
        Some((class, resource)) => (Some(class), resource),
        None => (None, resource),
    };
    match resource {
        "requests.storage" => Some((class, true)),
        "persistentvolumeclaims" => Some((class, false)),
        "count/persistentvolumeclaims" if class.is_none() => Some((class, false)),
        _ => None,
    }
}

fn of_claim(claim: &Claim<'_>, is_storage: bool) -> Option<Demand> {
    let one = if is_storage {
        quantity(claim.storage?)?
    } else {
        Quantity::from_units(1)
    };
    let of = claim.member.object.identity();
    (claim.count > 0).then(|| Demand {
        amount: one.times(claim.count),
        what: format!("{} for {of}", times(claim.count, one)),
    })
}
