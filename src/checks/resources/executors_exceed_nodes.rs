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
    for program in platform.programs() {
        let (Some(size), Some((most, origins))) =
            (program.executor_size(), program.most_executors())
        else {
            continue;
        };
        let fit: u64 = cluster
            .node_pools
            .iter()
            .map(|pool| {
                let by_cpu = pool.cpu.millicores().checked_div(size.cpu);
                let by_memory = pool.memory.bytes().checked_div(size.memory);
                let of_node = by_cpu.into_iter().chain(by_memory).min();
                u64::from(*pool.nodes).saturating_mul(of_node.unwrap_or(0))
            })
            .sum();
        // One that fits no node at all is another check's.
        if program.is_on_kubernetes() && fit > 0 && most > fit {
            let title = format!("of {most} executors, all nodes together hold {fit}");
            let place = place(&origins, program.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
