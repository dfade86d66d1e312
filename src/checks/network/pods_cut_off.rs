//! Pods that a closed namespace cuts off.

use std::collections::BTreeSet;

use crate::{
    checks::{Check, Findings, pages},
    kubernetes::Pod,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::pods_cut_off(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // What another's manifests do not show may let something through.
    if !platform.is_closed_world || platform.has_other_policies() {
        return;
    }
    // Those have checks of their own, which say what exactly does not pass.
    let programs = platform.programs().iter();
    let of_spark: BTreeSet<_> = programs.map(|it| it.member.object.identity()).collect();
    for member in platform.members() {
        let identity = member.object.identity();
        let Some(pod) = Pod::of(&member.object) else {
            continue;
        };
        if platform.network_policies().cut_off(&pod) && !of_spark.contains(identity) {
            let title = format!("nothing passes to or from the pods of {identity}");
            let place = place(&member.object.node().origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
