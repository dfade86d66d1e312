//! An operator without room for `spark-submit`.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place, quantity},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1407",
        name: "operator-memory",
        page: "For every application the controller runs `spark-submit`, a JVM, in its own container. With \
               less than half a gibibyte the kernel kills it, and the application is retried until it \
               fails.",
    },
    symptom: "`failed to run spark-submit: signal: killed`",
    fix: "give the controller 512Mi or more",
    source: "kubeflow/spark-operator#1287",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.small]
target = "Deployment/operators/spark-operator-controller"
operations = [
  { op = "replace", path = "/spec/template/spec/containers/0/resources", value = { requests = { cpu = "100m", memory = "300Mi" }, limits = { memory = "300Mi" } } },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.small]
target = "Deployment/operators/spark-operator-controller"
operations = [
  { op = "replace", path = "/spec/template/spec/containers/0/resources", value = { requests = { cpu = "100m", memory = "512Mi" }, limits = { memory = "512Mi" } } },
]
"#,
    },
    run,
};

/// What one `spark-submit` beside the controller needs, in bytes.
const LEAST: i64 = 512 << 20;

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(operator) = platform.operator() else {
        return;
    };
    let Some(limit) = operator
        .container
        .node
        .at(["resources", "limits", "memory"])
    else {
        return;
    };
    if quantity(limit).is_some_and(|it| it.units() < LEAST) {
        let title = "the operator has no room for `spark-submit`";
        let place = place(&limit.origins, operator.member);
        findings.push(
            operator.member.object.identity(),
            CHECK.finds(title).at_value(place, ""),
        );
    }
}
