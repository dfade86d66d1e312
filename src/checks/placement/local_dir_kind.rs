//! Local folders of applications that the operator cannot put into properties.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::local_dir_kind(run);

/// What the operator makes properties of.
const KINDS: [&str; 4] = ["emptyDir", "hostPath", "nfs", "persistentVolumeClaim"];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(spec) = program.application() else {
            continue;
        };
        for volume in spec.list_at(["volumes"]) {
            let name = volume.str_at(["name"]).unwrap_or_default();
            let is_known = KINDS.iter().any(|it| volume.get(it).is_some());
            if !name.starts_with("spark-local-dir-") || is_known {
                continue;
            }
            let identity = program.member.object.identity();
            let title = format!("{identity} is never submitted because of the volume `{name}`");
            let origins = volume.get("name").map(|it| &it.origins);
            let place = place(origins.unwrap_or(&volume.origins), program.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
