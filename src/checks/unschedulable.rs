//! Pods that no node of the cluster can hold.

use super::{Check, Finding, Platform};
use crate::{
    components::Demand,
    diagnostics::{Code, Diagnostic},
    document::{Node, Origins},
    graph::Member,
    kubernetes::Quantity,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0702",
        name: "unschedulable",
        page: "A pod requests more than the largest node of `cluster.node-pools` has. It would stay \
               `Pending` for ever, with the event `0/6 nodes are available: Insufficient memory`; an \
               executor would leave its driver with `Initial job has not accepted any resources`. \
               Request less, or declare the pool that holds it.",
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Vec<Finding>) {
    let pools = &platform.offers.cluster().node_pools;
    if pools.is_empty() {
        return;
    }
    let of_pods = platform.graph.members.iter().filter_map(demand);
    for demand in of_pods.chain(platform.demands.iter().cloned()) {
        // Both must fit the same node.
        let fits = pools.iter().any(|pool| {
            demand.memory <= pool.memory.bytes() && demand.cpu <= pool.cpu.millicores()
        });
        if fits {
            continue;
        }
        let mut diagnostic = Diagnostic::error(
            CHECK.code,
            format!(
                "{} needs {}m cores and {}Mi of memory, and no node has them",
                demand.what,
                demand.cpu,
                demand.memory >> 20
            ),
        )
        .at_value(&demand.origins, "");
        for pool in pools {
            diagnostic = diagnostic.at_value(
                &pool.memory.origins,
                format!(
                    "`{}` has {} cores and {}",
                    pool.name, *pool.cpu, *pool.memory
                ),
            );
        }
        findings.push(Finding {
            object: demand.object.clone(),
            diagnostic: diagnostic
                .note("it would stay `Pending`: `Insufficient cpu` or `Insufficient memory`"),
        });
    }
}

/// What the pods of a workload request together.
fn demand(member: &Member) -> Option<Demand> {
    let template = member.object.pod_template()?;
    let (mut cpu, mut memory, mut origins) = (0, 0, Origins::none());
    for container in template.containers() {
        let requests = container.node.at(["resources", "requests"]);
        let amount = |name: &str, origins: &mut Origins| -> Option<Quantity> {
            let node = requests?.get(name)?;
            origins.extend(&node.origins);
            text(node).parse().ok()
        };
        if let Some(cores) = amount("cpu", &mut origins) {
            cpu += u64::try_from(cores.milli()).unwrap_or_default();
        }
        if let Some(bytes) = amount("memory", &mut origins) {
            memory += u64::try_from(bytes.units()).unwrap_or_default();
        }
    }
    if origins.is_empty() {
        origins = member.because.clone();
    }
    Some(Demand {
        what: format!("a pod of {}", member.object.identity()),
        object: member.object.identity().clone(),
        cpu,
        memory,
        origins,
    })
}

fn text(node: &Node) -> String {
    node.as_str()
        .map_or_else(|| node.to_json().to_string(), str::to_owned)
}
