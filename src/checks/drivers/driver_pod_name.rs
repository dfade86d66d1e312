//! Drivers that look for a pod which is not theirs.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::driver_pod_name(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let identity = program.member.object.identity();
        if program.mode() != Some(Mode::Client) {
            continue;
        }
        let Some(name) = program.properties.get("spark.kubernetes.driver.pod.name") else {
            continue;
        };
        let is_its_own = match identity.kind.as_str() {
            // A pod keeps the name that it is given.
            "Pod" => name.value == identity.name,
            // The first of a StatefulSet's is called so.
            "StatefulSet" => name.value.starts_with(&format!("{}-", identity.name)),
            "Deployment" | "ReplicaSet" | "DaemonSet" | "Job" | "CronJob" => false,
            // Who makes the pod is not in sight, or sets the name itself.
            _ => true,
        };
        if !is_its_own && !name.value.contains('$') {
            let title = format!("no pod of {identity} is ever called `{}`", name.value);
            let place = place(&name.origins, name.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
