//! Connect servers that everybody reaches.

use crate::{
    checks::{Check, Findings, pages},
    kubernetes::{Connection, ConnectionEnd, Protocol, Verdict},
    platform::{Platform, Program, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::connect_open(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    if platform.has_other_policies() {
        return;
    }
    for program in platform.programs() {
        if program.role != Role::ConnectServer || has_token(program) || is_local(program) {
            continue;
        }
        let Some(ConnectionEnd::Pod(pod)) = program.driver_pod().map(|it| it.at) else {
            continue;
        };
        // Where nobody has policies in sight, they may lie elsewhere, or nobody wants any.
        let policies = platform.network_policies();
        if pod.host_network || !policies.are_in(pod.namespace) && !platform.is_closed_world {
            continue;
        }
        let namespace = pod.namespace;
        let connection = Connection {
            from: ConnectionEnd::Outside,
            to: ConnectionEnd::Pod(pod),
            protocol: Protocol::Tcp,
            ports: 15002..=15002,
        };
        if policies.evaluate(&connection) != Verdict::Allowed {
            continue;
        }
        let identity = program.member.object.identity();
        let title = format!("everybody reaches port 15002 of {identity}");
        let finding = CHECK.finds(title);
        // A policy that lets everybody in is the one to fix; without any, it is the server's pods.
        let rules = platform
            .of_kind("networking.k8s.io", "NetworkPolicy")
            .filter(|it| it.object.identity().namespace.as_deref() == Some(namespace))
            .filter_map(|it| Some((it, it.object.node().at(["spec", "ingress"])?)))
            .find(|(_, rules)| {
                let mut rules = rules.items().iter();
                rules.any(|it| it.list_at(["from"]).is_empty())
            });
        let finding = match rules {
            Some((member, rules)) => {
                finding.at_value(place(&rules.origins, member), "lets everybody in")
            }
            None => finding.at_key(
                place(&program.member.object.node().origins, program.member),
                "no policy selects its pods for ingress",
            ),
        };
        findings.push(identity, finding);
    }
}

pub(super) fn has_token(program: &Program<'_>) -> bool {
    let token = program.properties.get("spark.connect.authenticate.token");
    let variable = program.variable("SPARK_CONNECT_AUTHENTICATE_TOKEN");
    token.is_some() || variable.is_some() || !program.is_complete
}

pub(super) fn is_local(program: &Program<'_>) -> bool {
    let address = program
        .properties
        .value("spark.connect.grpc.binding.address");
    address.is_some_and(|it| matches!(it, "127.0.0.1" | "localhost"))
}
