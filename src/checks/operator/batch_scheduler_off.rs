//! Batch schedulers that the operator does not speak to.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::batch_scheduler_off(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(operator) = platform.operator() else {
        return;
    };
    if operator.has_batch_schedulers() {
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
