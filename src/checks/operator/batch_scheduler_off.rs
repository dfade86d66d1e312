//! Batch schedulers that the operator does not speak to.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::batch_scheduler_off(run);

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
