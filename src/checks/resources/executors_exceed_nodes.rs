//! More executors than the nodes hold.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0712",
        name: "executors-exceed-nodes",
        page: "A program may ask for more executors than all nodes of `cluster.node-pools` hold together, \
               even if nothing else ran there. Those that do not fit stay `Pending`, and the program \
               counts on them.",
    },
    symptom: "executors that stay `Pending`: `0/6 nodes are available: 6 Insufficient cpu`",
    fix: "ask for no more executors than fit, make them smaller, or declare more nodes",
    source: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-requests-are-scheduled",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[cluster]
node-pools.general = { nodes = 3, cpu = 8, memory = "32Gi" }

[connect.analytics]
executor = { cores = 4, memory = "8Gi" }
dynamic-allocation = { min = 0, max = 20 }
"#,
        passing: r#"extends = "_example.toml"

[cluster]
node-pools.general = { nodes = 3, cpu = 8, memory = "32Gi" }

[connect.analytics]
executor = { cores = 4, memory = "8Gi" }
dynamic-allocation = { min = 0, max = 6 }
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(cluster) = &platform.offers.cluster else {
        return;
    };
    if cluster.node_pools.is_empty() {
        return;
    }
    for pod in platform.pods().filter(|it| it.is_executor()) {
        let (Some(cpu), Some(memory), Some(most)) =
            (pod.requests("cpu"), pod.requests("memory"), pod.count.most)
        else {
            continue;
        };
        let pools = cluster.node_pools.iter().map(|pool| {
            let by_cpu = pool.cpu.quantity().divided_by(cpu.quantity);
            let by_memory = pool.memory.quantity().divided_by(memory.quantity);
            let of_node = by_cpu.into_iter().chain(by_memory).min();
            u64::from(*pool.nodes).saturating_mul(of_node.unwrap_or(0))
        });
        let fit = pools.fold(0, u64::saturating_add);
        // One that fits no node at all is another check's.
        if fit > 0 && most > fit {
            let title = format!("of {most} executors, all nodes together hold {fit}");
            let place = place(&pod.count.origins, pod.member);
            findings.push(
                pod.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
