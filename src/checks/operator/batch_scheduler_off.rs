//! Batch schedulers that the operator does not speak to.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1408",
        name: "batch-scheduler-off",
        page: "With `batchScheduler` the operator's webhook writes the name of that scheduler into the pods. \
               What makes them a group (Volcano's PodGroup, YuniKorn's annotations) comes from the controller, \
               and only with the argument `--enable-batch-scheduler`. Without it the driver and its executors are \
               scheduled one by one, if that scheduler is there at all. For Volcano the controller also needs the \
               right to make PodGroups, which a managed operator has not.",
    },
    symptom: "no PodGroup, and jobs that wait for each other's executors for ever; `Pending` where the scheduler \
              is missing",
    fix: "start the controller with `--enable-batch-scheduler=true`, and give its Role the resource `podgroups` of \
          `scheduling.volcano.sh`, or take `batchScheduler` out",
    source: "kubeflow/spark-operator: cmd/operator/controller/start.go, \
             charts/spark-operator-chart/templates/controller/rbac.yaml, internal/webhook/sparkpod_defaulter.go",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[applications.nightly]
namespace = "jupyterhub-users"
trigger = "schedule"
schedule = "0 3 * * *"
type = "python"
image = "spark"
main-file = "local:///opt/spark/jobs/nightly.py"

[patches.queue]
target = "ScheduledSparkApplication/jupyterhub-users/nightly"
merge.spec.template.batchScheduler = "yunikorn"
"#,
        passing: r#"extends = "_example.toml"

[applications.nightly]
namespace = "jupyterhub-users"
trigger = "schedule"
schedule = "0 3 * * *"
type = "python"
image = "spark"
main-file = "local:///opt/spark/jobs/nightly.py"

[patches.queue]
target = "ScheduledSparkApplication/jupyterhub-users/nightly"
merge.spec.template.batchScheduler = "yunikorn"

[patches.schedulers]
target = "Deployment/operators/spark-operator-controller"
operations = [
  { op = "add", path = "/spec/template/spec/containers/0/args/-", value = "--enable-batch-scheduler=true" },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(operator) = platform.operator() else {
        return;
    };
    let arguments = operator.container.node.list_at(["args"]).iter();
    let mut arguments = arguments.filter_map(Node::as_str);
    // A flag of Go: alone it is true.
    let is_on = arguments.any(|it| {
        let flag = it
            .trim_start_matches('-')
            .strip_prefix("enable-batch-scheduler");
        matches!(flag, Some("" | "=true" | "=1"))
    });
    if is_on {
        return;
    }
    for program in platform.programs() {
        let scheduler = program
            .application()
            .and_then(|it| it.get("batchScheduler"));
        let Some((node, name)) = scheduler.and_then(|it| Some((it, it.as_str()?))) else {
            continue;
        };
        if name.is_empty() {
            continue;
        }
        let identity = program.member.object.identity();
        let title = format!("{identity} asks for `{name}`, and the operator leaves it alone");
        let operator = operator.member.object.identity();
        findings.push(
            identity,
            CHECK
                .finds(title)
                .at_value(place(&node.origins, program.member), "")
                .note(format!("{operator} lacks `--enable-batch-scheduler=true`")),
        );
    }
}
