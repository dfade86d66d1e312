//! Drivers on nodes that the cloud takes back at short notice.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::driver_on_spot(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods().filter(|it| it.is_driver()) {
        let title = format!("{} may run on a node that the cloud takes back", pod.what());
        let diagnostic = CHECK.finds(title);
        let diagnostic = if let Some(pool) = platform.pools_of(pod).find(|it| *it.spot) {
            diagnostic
                .at_key(&pod.member.origins, "")
                .at_value(&pool.spot.origins, format!("it may run on `{}`", pool.name))
        } else if let Some(origins) = pod.asks_for_spot() {
            diagnostic.at_value(place(origins, pod.member), "it asks for such a node")
        } else {
            continue;
        };
        findings.push(pod.member.object.identity(), diagnostic);
    }
}
