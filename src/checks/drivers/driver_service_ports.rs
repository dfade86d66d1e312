//! Services that executors call their driver by, without the ports that they call.

use crate::{
    checks::{Check, Findings, pages},
    diagnostics::Diagnostic,
    document::Node,
    graph::Member,
    platform::{Mode, Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = pages::driver_service_ports(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if program.mode() == Some(Mode::Client)
            && program.is_complete
            && let Some(service) = service_of_driver(platform, program)
            && let Some(finding) = evaluate(program, service)
        {
            findings.push(service.object.identity(), finding);
        }
    }
}

/// The Service that the driver's host names.
pub(super) fn service_of_driver<'a>(
    platform: &Platform<'a>,
    program: &Program<'a>,
) -> Option<&'a Member> {
    let host = program.properties.value("spark.driver.host")?;
    let mut parts = host.split('.');
    let name = parts.next()?;
    let namespace = match parts.next() {
        Some("${env:POD_NAMESPACE}") | None => program.namespace(),
        namespace => namespace,
    };
    platform.object("", "Service", namespace, name)
}

fn evaluate(program: &Program<'_>, service: &Member) -> Option<Diagnostic> {
    let spec = service.object.node().get("spec")?;
    let ports = spec.list_at(["ports"]);
    let identity = service.object.identity();
    // A headless Service leads to the pod itself, where every port is open.
    let is_headless = spec.str_at(["clusterIP"]) == Some("None");
    let at = |node: &Node, title: String, label: &str| {
        let place = place(&node.origins, service);
        Some(CHECK.finds(title).at_key(place, label))
    };
    for key in ["spark.driver.port", "spark.driver.blockManager.port"] {
        let property = program.properties.get(key);
        let number = property.and_then(|it| it.value.parse::<i64>().ok());
        let has =
            |port: &Node| number.is_some() && port.get("port").and_then(Node::as_integer) == number;
        if is_headless || ports.iter().any(has) {
            continue;
        }
        let ports = spec.get("ports").unwrap_or(spec);
        let title = match property {
            Some(it) => format!("{identity} lacks the port {} of `{key}`", it.value),
            None => format!("`{key}` is random, so {identity} cannot have it"),
        };
        return at(ports, title, "executors call the driver here");
    }
    let publishes = spec.get("publishNotReadyAddresses").and_then(Node::as_bool);
    let container = program.container.map(|it| it.node);
    let waits = container.is_some_and(|it| it.get("readinessProbe").is_some());
    // A driver that starts without executors is ready before it asks for any.
    if waits && publishes != Some(true) && program.first_executors() != Some(0) {
        let title = format!("{identity} hides the driver until it is ready");
        let mut diagnostic = at(spec, title, "lacks `publishNotReadyAddresses`")?.lesser();
        diagnostic.notes = vec![
            "the first executors cannot reach it and exit, and it waits for them for 30 s"
                .to_owned(),
        ];
        return Some(diagnostic.hint("set `publishNotReadyAddresses: true` in the Service"));
    }
    None
}
