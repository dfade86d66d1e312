//! Containers without a memory limit.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Share, place},
};

/// The rule.
pub const CHECK: Check = pages::limits_removed(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // In manifests of others, what does not run Spark is theirs.
    let of_spark: Vec<_> = platform.programs().iter().map(|it| it.member).collect();
    // Of drivers and executors, Spark states it.
    for pod in platform.pods().filter(|it| it.is_sized_by_template()) {
        let member = pod.member;
        let is_ours = platform.is_of_spec || of_spark.iter().any(|it| std::ptr::eq(*it, member));
        // What a patch of another tool leaves out may stand elsewhere.
        let is_part = member.object.pod_template().is_some() && !member.object.is_whole_workload();
        if !is_ours || !platform.is_of_spec && is_part {
            continue;
        }
        // What ends before the others start has the node's memory for a moment only.
        let steady = pod.resources.iter().filter(|it| it.share != Share::Before);
        for resources in steady.filter(|it| !it.limits.contains_key("memory")) {
            let container = pod.container(&resources.container);
            let own = container.and_then(|it| it.get("resources"));
            let limits = own.and_then(|it| it.get("limits"));
            let origins = limits.or(own).or(container).map(|it| &it.origins);
            let identity = member.object.identity();
            let title = format!(
                "the container `{}` of {identity} has no memory limit",
                resources.container
            );
            let place = origins.map_or(&member.origins, |it| place(it, member));
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
