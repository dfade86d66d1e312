//! Pods that no node of the cluster can hold.

use crate::{
    checks::{Check, Example, Findings},
    components::{Demand, offers::NodePool},
    diagnostics::Code,
    document::{Origins, Sourced},
    graph::Member,
    kubernetes::{CpuQuantity, Memory},
    platform::{Platform, Size, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0702",
        name: "unschedulable",
        page: "A pod requests more than the largest node of `cluster.node-pools` has, so it stays \
               `Pending` for ever. An executor that does so leaves its driver waiting with `Initial job \
               has not accepted any resources`.",
    },
    symptom: "it would stay `Pending`: `Insufficient cpu` or `Insufficient memory`",
    fix: "request less, or declare the pool that holds it",
    source: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-requests-are-scheduled",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[cluster]
node-pools.general = { nodes = 3, cpu = 8, memory = "32Gi" }

[connect.analytics]
executor = { cores = 4, memory = "48Gi" }
"#,
        passing: r#"extends = "_example.toml"

[cluster]
node-pools.general = { nodes = 3, cpu = 8, memory = "32Gi" }
node-pools.large = { nodes = 2, cpu = 16, memory = "64Gi" }

[connect.analytics]
executor = { cores = 4, memory = "48Gi" }
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(cluster) = &platform.offers.cluster else {
        return;
    };
    let pools = &cluster.node_pools;
    if pools.is_empty() {
        return;
    }
    let of_pods = platform.graph.members.iter().filter_map(demand);
    for demand in of_pods.chain(platform.demands.iter().cloned()) {
        let holds = |pool: &NodePool| {
            let cpu = *demand.cpu <= pool.cpu.millicores();
            let memory = *demand.memory <= pool.memory.bytes();
            (cpu, memory)
        };
        // Both must fit the same node.
        if pools.iter().map(holds).any(|fits| fits == (true, true)) {
            continue;
        }
        let too_much = match pools.iter().map(holds).find(|(cpu, _)| *cpu) {
            Some(_) => &demand.memory.origins,
            None => &demand.cpu.origins,
        };
        let mut diagnostic = CHECK
            .finds(format!(
                "{} needs {} CPU and {} of memory, and no node has both",
                demand.what,
                amount(*demand.cpu, CpuQuantity::from_millicores),
                amount(*demand.memory, Memory::from_bytes),
            ))
            .at_value(too_much, "");
        for pool in pools {
            diagnostic = diagnostic.at_value(
                &pool.memory.origins,
                format!(
                    "`{}` has {} cores and {}",
                    pool.name, *pool.cpu, *pool.memory
                ),
            );
        }
        findings.push(&demand.object, diagnostic);
    }
}

/// An amount as Kubernetes writes it.
fn amount<N, T: ToString, E>(number: u64, read: impl Fn(N) -> Result<T, E>) -> String
where
    N: TryFrom<u64>,
{
    let amount = N::try_from(number).ok().and_then(|it| read(it).ok());
    amount.map_or_else(|| number.to_string(), |it| it.to_string())
}

/// What the pods of a workload request together.
fn demand(member: &Member) -> Option<Demand> {
    let size = Size::of_template(&member.object.pod_template()?);
    let sourced = |value, origins: Origins| Sourced::new(value, place(&origins, member).clone());
    Some(Demand {
        what: format!("a pod of {}", member.object.identity()),
        object: member.object.identity().clone(),
        cpu: sourced(size.cpu, size.cpu_origins),
        memory: sourced(size.memory, size.memory_origins),
    })
}
