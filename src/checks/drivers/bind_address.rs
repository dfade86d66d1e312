//! Drivers that bind to an address which is not theirs.

use super::{is_headless, service_of_pod};
use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    graph::Member,
    platform::{Mode, Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = pages::bind_address(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if program.mode() != Some(Mode::Client) || !program.is_complete {
            continue;
        }
        let bound = program.properties.get("spark.driver.bindAddress");
        if let Some(host) = program.properties.get("spark.driver.host")
            && bound.is_none()
            && is_name(&host.value)
            && !is_of_pod(platform, program, &host.value)
        {
            let title = format!("the driver cannot bind to `{}`", host.value);
            let place = place(&host.origins, host.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, "no address of the pod"),
            );
        }
    }
}

/// Whether a host is the address of the program's own pod: its name below a headless Service, which `/etc/hosts`
/// has, or such a Service, once DNS leads there. Before a pod is ready that is only so when the Service says it.
fn is_of_pod(platform: &Platform<'_>, program: &Program<'_>, host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    let service = |at: usize| {
        let namespace = labels.get(at + 1).copied().or(program.namespace());
        platform.object("", "Service", namespace, labels.get(at)?)
    };
    let is_published = |it: &Member| {
        let is_early = it.object.node().at(["spec", "publishNotReadyAddresses"]);
        let has_probe = program
            .container
            .is_some_and(|it| it.node.get("readinessProbe").is_some());
        is_early.and_then(Node::as_bool) == Some(true) || !has_probe
    };
    service(0).is_some_and(|it| is_headless(it) && is_published(it))
        || labels
            .get(1)
            .copied()
            .is_some_and(|it| service_of_pod(program) == Some(it))
}

/// Whether a host is a name of DNS, and neither an address nor something that is filled in later.
fn is_name(host: &str) -> bool {
    !host.contains('$')
        && host.contains(|letter: char| letter.is_ascii_alphabetic())
        && !host.contains(':')
        && host != "localhost"
}
