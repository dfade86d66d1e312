//! Pools of nodes without room for what always runs on them.

use std::collections::BTreeMap;

use crate::{
    checks::{Check, Findings, pages, sum},
    components::offers::NodePool,
    kubernetes::Quantity,
    platform::{Platform, Pod},
};

/// The rule.
pub const CHECK: Check = pages::node_pool_too_small(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // By the name of the only pool on which they may run.
    let mut bound: BTreeMap<&str, (&NodePool, Vec<&Pod<'_>>)> = BTreeMap::new();
    for pod in platform
        .pods()
        .filter(|it| it.count.is_permanent && it.count.least > 0)
    {
        let mut pools = platform.pools_of(pod);
        if let (Some(pool), None) = (pools.next(), pools.next())
            && fits_one(pod, pool)
        {
            let entry = bound
                .entry(&pool.name)
                .or_insert_with(|| (pool, Vec::new()));
            entry.1.push(pod);
        }
    }
    for (pool, pods) in bound.values() {
        for resource in ["cpu", "memory"] {
            let one = of_node(pool, resource);
            let all = one.times(u64::from(*pool.nodes));
            let parts = pods.iter().filter_map(|pod| {
                let request = pod.requests(resource)?.quantity;
                Some((request.times(pod.count.least), *pod))
            });
            let mut parts: Vec<_> = parts.collect();
            let needed = parts.iter().map(|(part, _)| *part).reduce(Quantity::plus);
            if needed.is_none_or(|it| it <= all) {
                continue;
            }
            parts.sort_by(|(one, _), (other, _)| other.cmp(one));
            let Some((_, largest)) = parts.first() else {
                continue;
            };
            let words = parts
                .iter()
                .map(|(part, pod)| format!("{part} for {}", pod.what()));
            let title = format!(
                "the pool `{}` has no room for what always runs on it",
                pool.name
            );
            findings.push(
                largest.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(
                        &pool.nodes.origins,
                        format!("all of them have {all} of `{resource}`"),
                    )
                    .note(sum(resource, words)),
            );
        }
    }
}

/// Whether an empty node of the pool holds it; if not, that is another check's.
fn fits_one(pod: &Pod<'_>, pool: &NodePool) -> bool {
    ["cpu", "memory"].iter().all(|resource| {
        let request = pod.requests(resource);
        request.is_some_and(|it| it.quantity <= of_node(pool, resource))
    })
}

fn of_node(pool: &NodePool, resource: &str) -> Quantity {
    match resource {
        "cpu" => pool.cpu.quantity(),
        _ => pool.memory.quantity(),
    }
}
