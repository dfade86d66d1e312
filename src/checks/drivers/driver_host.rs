//! Drivers that executors cannot find.

use super::{is_headless, service_of_pod};
use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Mode, Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = pages::driver_host(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        // Of a standalone cluster, too, the executors call a driver that runs where it was submitted.
        let is_elsewhere = program.properties.value("spark.submit.deployMode") == Some("cluster");
        let has_executors = match program.mode() {
            Some(Mode::Client) => true,
            Some(Mode::Standalone) => !is_elsewhere,
            _ => false,
        };
        if !has_executors || !program.is_complete || set_elsewhere(program) {
            continue;
        }
        let identity = program.member.object.identity();
        match program.properties.get("spark.driver.host") {
            None if is_in_dns(platform, program) => {}
            None => {
                let title = format!("executors of {identity} cannot find their driver");
                let master = program.properties.get("spark.master");
                let origins =
                    master.map_or(&program.member.origins, |it| place(&it.origins, it.member));
                findings.push(
                    identity,
                    CHECK
                        .finds(title)
                        .at_value(origins, "with this, and without `spark.driver.host`"),
                );
            }
            Some(host) if is_pod_name(program, &host.value) => {
                let title = format!("executors of {identity} know no host `{}`", host.value);
                findings.push(
                    identity,
                    CHECK.finds(title).at_value(
                        place(&host.origins, host.member),
                        "a pod's name is in no DNS",
                    ),
                );
            }
            Some(_) => {}
        }
    }
}

/// The operator sets the host of its servers itself, and Spark takes one from the environment.
fn set_elsewhere(program: &Program<'_>) -> bool {
    program.is_spark_connect()
        || program.pod.is_none()
        || ["SPARK_LOCAL_HOSTNAME", "SPARK_LOCAL_IP"]
            .iter()
            .any(|name| program.variable(name).is_some())
}

/// Whether the cluster's DNS knows the pod by the name that Java finds for it (`InetAddress`, by way of
/// `/etc/hosts`): with a headless Service that gives each pod a name, or as the node.
fn is_in_dns(platform: &Platform<'_>, program: &Program<'_>) -> bool {
    let spec = program.pod.and_then(|it| it.get("spec"));
    let is_node = spec.and_then(|it| it.get("hostNetwork")?.as_bool()) == Some(true);
    is_node
        || service_of_pod(program).is_some_and(|name| {
            let service = platform.object("", "Service", program.namespace(), name);
            service.map_or(!platform.is_closed_world, is_headless)
        })
}

/// Whether a host is a variable that holds the pod's name.
fn is_pod_name(program: &Program<'_>, host: &str) -> bool {
    let variable = host
        .strip_prefix("${env:")
        .and_then(|rest| rest.strip_suffix('}'));
    let field = variable
        .and_then(|name| program.variable(name))
        .and_then(|it: &Node| it.str_at(["valueFrom", "fieldRef", "fieldPath"]));
    variable == Some("HOSTNAME") || field == Some("metadata.name")
}
