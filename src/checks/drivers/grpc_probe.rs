//! Probes that a Connect server never answers.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1209",
        name: "grpc-probe",
        page: "A Connect server speaks gRPC and has no health service, so a probe of the kind `grpc` is \
               always answered with `UNIMPLEMENTED`: the pod is never ready, or is killed again and again.",
    },
    symptom: "`Readiness probe failed: … Unimplemented`, for ever",
    fix: "probe with `tcpSocket`",
    source: "run on 3.5.7 and 4.1.4: grpc.health.v1.Health/Check is unimplemented",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.probe]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "remove", path = "/spec/template/spec/containers/0/livenessProbe/tcpSocket" },
  { op = "add", path = "/spec/template/spec/containers/0/livenessProbe/grpc", value = { port = 15002 } },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.probe]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "replace", path = "/spec/template/spec/containers/0/livenessProbe/periodSeconds", value = 60 },
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
        for name in ["startupProbe", "readinessProbe", "livenessProbe"] {
            if let Some(probe) = container.node.at([name, "grpc"]) {
                let title = format!("no Connect server answers this `{name}`");
                let place = place(&probe.origins, program.member);
                findings.push(
                    program.member.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}
