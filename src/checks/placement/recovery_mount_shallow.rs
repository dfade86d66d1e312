//! Shuffle data that no executor finds again.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::recovery_mount_shallow(run);

/// How many folders lead to the volume, itself counted.
const DEPTH: usize = 3;

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let plugin = program.properties.get("spark.shuffle.sort.io.plugin.class");
        let is_recovery = |value: &str| value.ends_with(".KubernetesLocalDiskShuffleDataIO");
        if !plugin.is_some_and(|it| is_recovery(&it.value)) {
            continue;
        }
        for (name, _) in program.claims_on_demand() {
            let Some(path) = program.of_claim(name, "mount.path") else {
                continue;
            };
            let folders = path.value.split('/').filter(|it| !it.is_empty());
            if folders.count() >= DEPTH {
                continue;
            }
            let identity = program.member.object.identity();
            let title = format!("no executor of {identity} finds the shuffle data of another");
            let place = place(&path.origins, path.member);
            let label = "too near to the root of the volume";
            findings.push(identity, CHECK.finds(title).at_value(place, label));
        }
    }
}
