//! Probes that a Connect server never answers.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::grpc_probe(run);

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
