//! Pods that a quota refuses because they state nothing.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Resources, list_and_resource, place},
};

/// The rule.
pub const CHECK: Check = pages::quota_needs_limit(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for quota in platform.quotas() {
        for (name, node) in quota.limits() {
            let Some((list, resource)) = list_and_resource(name) else {
                continue;
            };
            let is_stated = |it: &Resources| match list {
                "limits" => it.limits.contains_key(resource),
                _ => it.requests.contains_key(resource),
            };
            // The server enforces these two alone.
            let is_enforced = matches!(resource, "cpu" | "memory");
            let mut pods = quota.pods(platform).filter(|_| is_enforced);
            if let Some(pod) = pods.find(|pod| !pod.resources.iter().all(is_stated)) {
                let title = format!(
                    "the quota refuses {}: it states no `{list}.{resource}`",
                    pod.what()
                );
                let place = place(&node.origins, quota.member);
                findings.push(
                    quota.member.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}
