//! Probes that kill a server before it can have started.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    platform::{Platform, Role, place},
};

/// How long a Connect server may take until its port opens, in seconds: 30 for the executors that it
/// waits for (`spark.scheduler.maxRegisteredResourcesWaitingTime`), and what a start took with one core.
const SLOW_START: i64 = 45;

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1210",
        name: "impatient-probe",
        page: "A Connect server opens its port last: after its context, which waits up to 30 seconds for \
               executors, and on a busy node for longer. A liveness probe that gives up before that kills \
               a server which is healthy, and the next one, and so on.",
    },
    symptom: "`CrashLoopBackOff`, with nothing wrong in the log",
    fix: "add a `startupProbe` with `tcpSocket`, `periodSeconds: 5` and `failureThreshold: 36`",
    source: "run on 3.5.7 and 4.1.4: the port opened after 34 to 38 s while executors were pending",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.probe]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "replace", path = "/spec/template/spec/containers/0/startupProbe/failureThreshold", value = 3 },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.probe]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "replace", path = "/spec/template/spec/containers/0/startupProbe/failureThreshold", value = 24 },
]
"#,
    },
    run,
};

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
