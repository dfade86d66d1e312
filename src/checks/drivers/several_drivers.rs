//! Several drivers behind one name.

use super::driver_service_ports::service_of_driver;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Mode, Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::several_drivers(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let replicas = program.member.object.node().at(["spec", "replicas"]);
        let is_driver = matches!(program.role, Role::ConnectServer | Role::Driver)
            && program.mode() != Some(Mode::Local);
        let Some(replicas) = replicas.filter(|it| is_driver && it.as_integer() > Some(1)) else {
            continue;
        };
        if let Some(service) = service_of_driver(platform, program) {
            let identity = program.member.object.identity();
            let service = service.object.identity();
            let title = format!("the drivers of {identity} share {service}");
            let place = place(&replicas.origins, program.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
