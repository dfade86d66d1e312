//! Pods that no node of the cluster takes, whatever room it has.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, Refusal, place},
};

/// The rule.
pub const CHECK: Check = pages::no_node_admits(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let pools = platform.node_pools();
    if pools.is_empty() {
        return;
    }
    for pod in platform.pods().filter(|it| it.count.most != Some(0)) {
        let refusals = pools
            .iter()
            .map(|pool| Some((pool, platform.refusal(pod, pool)?)));
        let Some(refusals) = refusals.collect::<Option<Vec<_>>>() else {
            continue;
        };
        let spec = pod.spec();
        let asks = spec.and_then(|it| it.get("nodeSelector").or_else(|| it.get("affinity")));
        let origins = asks.map(first_origins).unwrap_or_default();
        let title = format!("no node of the cluster takes {}", pod.what());
        let mut diagnostic = CHECK.finds(title).at_key(place(&origins, pod.member), "");
        for (pool, refusal) in refusals {
            let name = &pool.name;
            diagnostic = match refusal {
                Refusal::Labels => diagnostic.at_value(
                    &pool.nodes.origins,
                    format!("`{name}` has not the labels that it asks for"),
                ),
                Refusal::Taint(taint) => diagnostic.at_value(
                    &taint.origins,
                    format!("`{name}` keeps away what does not tolerate this"),
                ),
            };
        }
        findings.push(pod.member.object.identity(), diagnostic);
    }
}

/// What made the first value in a tree.
fn first_origins(node: &Node) -> crate::document::Origins {
    let mut at = node;
    loop {
        let first = at.items().first();
        match first.or_else(|| at.entries().next().map(|(_, it)| it)) {
            Some(inner) => at = inner,
            None => return at.origins.clone(),
        }
    }
}
