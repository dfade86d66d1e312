//! Scratch space that fills the disk of its node.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::scratch_unlimited(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods().filter(|it| it.is_of_spark()) {
        let volumes = pod.node.list_at(["spec", "volumes"]).iter();
        let unlimited = volumes.filter_map(|volume| {
            let name = volume.get("name")?;
            let space = volume.get("emptyDir")?;
            let is_local = name.as_str()?.starts_with("spark-local-dir-");
            (is_local && space.get("sizeLimit").is_none()).then_some(name)
        });
        let is_limited = pod
            .resources
            .iter()
            .any(|it| it.limits.contains_key("ephemeral-storage"));
        for name in unlimited.filter(|_| !is_limited) {
            let what = pod.what();
            let title = format!("nothing limits the scratch space of {what}");
            let place = place(&name.origins, pod.member);
            let identity = pod.member.object.identity();
            findings.push(
                identity,
                CHECK.finds(title).at_value(place, "without `sizeLimit`"),
            );
        }
    }
}
