//! More executors than the nodes hold.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::executors_exceed_nodes(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods().filter(|it| it.is_executor()) {
        let (Some(cpu), Some(memory), Some(most)) =
            (pod.requests("cpu"), pod.requests("memory"), pod.count.most)
        else {
            continue;
        };
        let pools = platform.pools_of(pod).map(|pool| {
            let by_cpu = pool.cpu.quantity().divided_by(cpu.quantity);
            let by_memory = pool.memory.quantity().divided_by(memory.quantity);
            let of_node = by_cpu.into_iter().chain(by_memory).min();
            u64::from(*pool.nodes).saturating_mul(of_node.unwrap_or(0))
        });
        let fit = pools.fold(0, u64::saturating_add);
        // One that fits no node at all is another check's.
        if fit > 0 && most > fit {
            let nodes = if platform.pools_of(pod).count() == platform.node_pools().len() {
                "all nodes"
            } else {
                "the nodes that they may run on"
            };
            let title = format!("of {most} executors, {nodes} together hold {fit}");
            let place = place(&pod.count.origins, pod.member);
            findings.push(
                pod.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
