//! Probes that kill a server before it can have started.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, Role, place},
};

/// How long a Connect server may take until its port opens, in seconds: 30 for the executors that it
/// waits for (`spark.scheduler.maxRegisteredResourcesWaitingTime`), and what a start took with one core.
const SLOW_START: i64 = 45;

/// The rule.
pub const CHECK: Check = pages::impatient_probe(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(container) = program.container else {
            continue;
        };
        if program.role != Role::ConnectServer {
            continue;
        }
        // Until it succeeds, the startup probe is the only one.
        let probe = ["startupProbe", "livenessProbe"]
            .iter()
            .find_map(|name| Some((name, container.node.get(name)?)));
        let Some((name, probe)) = probe else {
            continue;
        };
        let patience = patience(probe);
        if patience < SLOW_START {
            let title = format!(
                "this `{name}` kills a server that takes longer than {patience} s to start"
            );
            let threshold = probe.get("failureThreshold").unwrap_or(probe);
            let place = place(&threshold.origins, program.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}

/// How long a probe lets a container start, in seconds, with the defaults of Kubernetes.
fn patience(probe: &Node) -> i64 {
    let number = |name: &str, default| {
        let node = probe.get(name).and_then(Node::as_integer);
        node.unwrap_or(default)
    };
    number("periodSeconds", 10)
        .saturating_mul(number("failureThreshold", 3))
        .saturating_add(number("initialDelaySeconds", 0))
}
