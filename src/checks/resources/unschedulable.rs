//! Pods that no node of the cluster can hold.

use crate::{
    checks::{Check, Findings, pages},
    components::offers::NodePool,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::unschedulable(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods().filter(|it| it.count.most != Some(0)) {
        let (Some(cpu), Some(memory)) = (pod.requests("cpu"), pod.requests("memory")) else {
            continue;
        };
        let pools: Vec<_> = platform.pools_of(pod).collect();
        // That it may run on none is another check's.
        if pools.is_empty() {
            continue;
        }
        let holds = |pool: &&NodePool| {
            let has_cpu = cpu.quantity <= pool.cpu.quantity();
            let has_memory = memory.quantity <= pool.memory.quantity();
            (has_cpu, has_memory)
        };
        // Both must fit the same node.
        if pools.iter().map(holds).any(|fits| fits == (true, true)) {
            continue;
        }
        let too_much = match pools.iter().map(holds).find(|(cpu, _)| *cpu) {
            Some(_) => &memory.origins,
            None => &cpu.origins,
        };
        let mut diagnostic = CHECK
            .finds(format!(
                "{} needs {} CPU and {} of memory, and no node {}has both",
                pod.what(),
                cpu.quantity,
                memory.quantity,
                if pools.len() == platform.node_pools().len() {
                    ""
                } else {
                    "that it may run on "
                },
            ))
            .at_value(place(too_much, pod.member), "");
        for pool in pools {
            diagnostic = diagnostic.at_value(
                &pool.memory.origins,
                format!(
                    "`{}` has {} cores and {}",
                    pool.name, *pool.cpu, *pool.memory
                ),
            );
        }
        findings.push(pod.member.object.identity(), diagnostic);
    }
}
