//! Containers that request more than they may have.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::request_exceeds_limit(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        for container in &pod.resources {
            for (resource, request) in &container.requests {
                let Some(limit) = container.limits.get(resource) else {
                    continue;
                };
                let both = request.quantity.zip(limit.quantity);
                if both.is_some_and(|(request, limit)| request > limit) {
                    let title = format!("{} requests more `{resource}` than its limit", pod.what());
                    let diagnostic = CHECK
                        .finds(title)
                        .at_value(place(&request.origins, pod.member), "")
                        .at_value(&limit.origins, "the limit");
                    findings.push(pod.member.object.identity(), diagnostic);
                }
            }
        }
    }
}
