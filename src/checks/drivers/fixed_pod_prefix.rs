//! Two drivers that call their executors the same.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Mode, Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = pages::fixed_pod_prefix(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let key = "spark.kubernetes.executor.podNamePrefix";
        if program.mode() == Some(Mode::Client)
            && let Some(prefix) = program.properties.get(key)
            && !prefix.value.contains('$')
            && runs_twice(program)
        {
            let identity = program.member.object.identity();
            let title = format!("two drivers of {identity} would call their executors the same");
            let place = place(&prefix.origins, prefix.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}

/// Whether two of its pods can run at once.
fn runs_twice(program: &Program<'_>) -> bool {
    let object = program.member.object.node();
    let replicas = object.at(["spec", "replicas"]).and_then(Node::as_integer);
    let is_recreated = object.str_at(["spec", "strategy", "type"]) == Some("Recreate");
    match program.member.object.identity().kind.as_str() {
        "Deployment" => replicas.is_some_and(|it| it > 1) || !is_recreated,
        "StatefulSet" => replicas.is_some_and(|it| it > 1),
        _ => false,
    }
}
