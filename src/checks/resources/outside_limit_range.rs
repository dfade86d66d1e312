//! Containers that a `LimitRange` refuses.

use crate::{
    checks::{Check, Findings, pages},
    document::{Node, Origins},
    graph::Member,
    kubernetes::Quantity,
    platform::{Claim, Platform, Pod, Resources, place, quantity},
};

/// The rule.
pub const CHECK: Check = pages::outside_limit_range(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for range in platform.of_kind("", "LimitRange") {
        let namespace = range.object.identity().namespace.as_deref();
        let limits = range.object.node().list_at(["spec", "limits"]).iter();
        for limit in limits {
            for pod in platform.pods().filter(|it| it.namespace() == namespace) {
                evaluate(range, limit, pod, findings);
                evaluate_ratio(range, limit, pod, findings);
            }
            if limit.str_at(["type"]) == Some("PersistentVolumeClaim") {
                let claims = platform.claims();
                for claim in claims
                    .filter(|it| it.member.object.identity().namespace.as_deref() == namespace)
                {
                    evaluate_claim(range, limit, &claim, findings);
                }
            }
        }
    }
}

/// Whether a claim of storage keeps within one entry.
fn evaluate_claim(range: &Member, limit: &Node, claim: &Claim<'_>, findings: &mut Findings) {
    let Some((storage, amount)) = claim.storage.and_then(|it| Some((it, quantity(it)?))) else {
        return;
    };
    for (bound, words) in BOUNDS {
        let border = limit.at([bound, "storage"]);
        let Some((border, most)) = border.and_then(|it| Some((it, quantity(it)?))) else {
            continue;
        };
        if is_outside(bound, amount, most) {
            let title = format!(
                "a claim of {} asks for {words} storage than {} allows",
                claim.member.object.identity(),
                range.object.identity()
            );
            let diagnostic = CHECK
                .finds(title)
                .at_value(place(&storage.origins, claim.member), "")
                .at_value(place(&border.origins, range), "the border");
            findings.push(claim.member.object.identity(), diagnostic);
        }
    }
}

/// The bounds, and how what is outside compares with them.
const BOUNDS: [(&str, &str); 2] = [("max", "more"), ("min", "less")];

fn is_outside(bound: &str, amount: Quantity, border: Quantity) -> bool {
    match bound {
        "max" => amount > border,
        _ => amount < border,
    }
}

/// Whether a pod keeps within one entry: on the largest amount stands the limit, or else the request, on
/// the smallest the request.
fn evaluate(range: &Member, limit: &Node, pod: &Pod<'_>, findings: &mut Findings) {
    for (bound, words) in BOUNDS {
        for (resource, border) in limit.get(bound).into_iter().flat_map(Node::entries) {
            let Some(most) = quantity(border) else {
                continue;
            };
            let amounts = match limit.str_at(["type"]) {
                Some("Container") => of_containers(pod, bound, resource),
                Some("Pod") => of_pod(pod, bound, resource),
                _ => Vec::new(),
            };
            for (_, origins) in amounts
                .into_iter()
                .filter(|(it, _)| is_outside(bound, *it, most))
            {
                let range = range.object.identity();
                let title = format!(
                    "{} has {words} `{resource}` than {range} allows",
                    pod.what()
                );
                let diagnostic = CHECK
                    .finds(title)
                    .at_value(place(&origins, pod.member), "")
                    .at_value(&border.origins, "the border");
                findings.push(pod.member.object.identity(), diagnostic);
            }
        }
    }
}

/// Whether a container may use more times what it requests than one entry allows.
fn evaluate_ratio(range: &Member, limit: &Node, pod: &Pod<'_>, findings: &mut Findings) {
    let ratios = limit.get("maxLimitRequestRatio").into_iter();
    for (resource, border) in ratios.flat_map(Node::entries) {
        let Some(most) = quantity(border) else {
            continue;
        };
        for container in &pod.resources {
            let limit = container.limits.get(resource);
            let request = container.requests.get(resource);
            let (Some(limit), Some(request)) = (limit, request) else {
                continue;
            };
            let both = limit.quantity.zip(request.quantity);
            if both.is_some_and(|(limit, request)| limit.is_more_than(most, request)) {
                let range = range.object.identity();
                let title = format!(
                    "{} may use more times the `{resource}` that it requests than {range} allows",
                    pod.what()
                );
                let diagnostic = CHECK
                    .finds(title)
                    .at_value(place(&limit.origins, pod.member), "")
                    .at_value(&request.origins, "the request")
                    .at_value(&border.origins, "the border");
                findings.push(pod.member.object.identity(), diagnostic);
            }
        }
    }
}

fn of_containers(pod: &Pod<'_>, bound: &str, resource: &str) -> Vec<(Quantity, Origins)> {
    let of = |it: &Resources| {
        let request = it.requests.get(resource);
        let amount = match bound {
            "max" => it.limits.get(resource).or(request)?,
            _ => request?,
        };
        Some((amount.quantity?, amount.origins.clone()))
    };
    pod.resources.iter().filter_map(of).collect()
}

fn of_pod(pod: &Pod<'_>, bound: &str, resource: &str) -> Vec<(Quantity, Origins)> {
    let total = match bound {
        "max" => pod.limits(resource),
        _ => pod.requests(resource),
    };
    let stated = total.filter(|it| it.quantity > Quantity::from_units(0));
    stated
        .into_iter()
        .map(|it| (it.quantity, it.origins))
        .collect()
}
