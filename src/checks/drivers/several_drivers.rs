//! Several drivers behind one name.

use super::driver_service_ports::service_of_driver;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Mode, Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1217",
        name: "several-drivers",
        page: "Each replica of a server is a driver with executors of its own. When they all tell their \
               executors the name of one Service, each call goes to any of the drivers, and mostly to one \
               that does not know the executor.",
    },
    symptom: "executors that exit at once, and blocks that nobody finds",
    fix: "run one replica, or let each tell its own address: `spark.driver.host=${env:POD_IP}`",
    source: "https://kubernetes.io/docs/concepts/services-networking/service/; Spark: \
             core/src/main/scala/org/apache/spark/internal/config/package.scala (DRIVER_HOST_ADDRESS)",
    example: Example::Manifests {
        failing: concat!(include_str!("../service.yaml"), "  replicas: 3\n"),
        passing: concat!(include_str!("../service.yaml"), "  replicas: 1\n"),
    },
    run,
};

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
