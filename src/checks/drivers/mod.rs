//! How a driver starts, and how its executors find it.

mod bind_address;
mod configuration_not_loaded;
mod daemonized;
mod driver_host;
mod driver_pod_name;
mod driver_service_ports;
mod executors_orphaned;
mod fixed_pod_prefix;
mod grpc_probe;
mod impatient_probe;
mod ivy_not_writable;
mod logging_file_ignored;
mod master_without_port;
mod nothing_to_run;
mod pod_template_missing;
mod several_drivers;
mod template_container;
mod template_resources;
mod unready_server;
mod variable_not_read;

use super::Check;
use crate::{graph::Member, platform::Program};

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    driver_host::CHECK,
    bind_address::CHECK,
    driver_service_ports::CHECK,
    driver_pod_name::CHECK,
    executors_orphaned::CHECK,
    fixed_pod_prefix::CHECK,
    pod_template_missing::CHECK,
    template_resources::CHECK,
    grpc_probe::CHECK,
    impatient_probe::CHECK,
    unready_server::CHECK,
    ivy_not_writable::CHECK,
    configuration_not_loaded::CHECK,
    variable_not_read::CHECK,
    master_without_port::CHECK,
    template_container::CHECK,
    several_drivers::CHECK,
    daemonized::CHECK,
    nothing_to_run::CHECK,
    logging_file_ignored::CHECK,
];

/// Whether a Service has no address of its own, so that its name stands for its pods'.
fn is_headless(service: &Member) -> bool {
    service.object.node().str_at(["spec", "clusterIP"]) == Some("None")
}

/// The Service by which a program's pod has a name of its own.
fn service_of_pod<'a>(program: &Program<'a>) -> Option<&'a str> {
    let object = &program.member.object;
    if object.identity().kind == "StatefulSet" {
        return object.node().str_at(["spec", "serviceName"]);
    }
    let spec = program.pod?.get("spec")?;
    spec.get("hostname")?;
    spec.str_at(["subdomain"])
}
