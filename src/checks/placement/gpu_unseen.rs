//! GPUs that Kubernetes gives and Spark does not know of.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::gpu_unseen(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let gpu = program
            .application()
            .and_then(|it| it.at(["executor", "gpu"]));
        let Some(gpu) = gpu else { continue };
        if program
            .properties
            .get("spark.executor.resource.gpu.amount")
            .is_some()
        {
            continue;
        }
        let identity = program.member.object.identity();
        let title = format!("{identity} pays for GPUs that no task is given");
        let place = place(&gpu.origins, program.member);
        let label = "Kubernetes alone hears of it";
        findings.push(identity, CHECK.finds(title).at_key(place, label));
    }
}
