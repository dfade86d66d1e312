//! Environment variables that Kubernetes makes of Services, and programs that read them otherwise.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::service_links(run);

/// The Services whose variables programs read, and which programs (`MasterArguments.scala`,
/// `WorkerArguments.scala`).
const NAMES: [(&str, &str, Role); 2] = [
    ("spark-master", "SPARK_MASTER_PORT", Role::Master),
    ("spark-worker", "SPARK_WORKER_PORT", Role::Worker),
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(spec) = program.pod.and_then(|it| it.get("spec")) else {
            continue;
        };
        let has_links = spec.get("enableServiceLinks").and_then(Node::as_bool) != Some(false);
        for (service, variable, role) in NAMES {
            let found = platform.object("", "Service", program.namespace(), service);
            // A variable that the container sets itself wins over the link.
            let reads = program.role == role && has_links;
            if reads && program.variable(variable).is_none() && found.is_some() {
                let identity = program.member.object.identity();
                let title =
                    format!("{identity} gets `{variable}=tcp://…` from the Service `{service}`");
                let place = place(&spec.origins, program.member);
                findings.push(identity, CHECK.finds(title).at_key(place, ""));
            }
        }
    }
}
