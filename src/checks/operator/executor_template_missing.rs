//! Servers that crash the operator.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::executor_template_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let version = platform.operator().and_then(|it| it.version);
    if !matches!(version, Some((2, ..=4, _))) {
        return;
    }
    for member in platform.of_kind("sparkoperator.k8s.io", "SparkConnect") {
        let Some(executor) = member.object.node().at(["spec", "executor"]) else {
            continue;
        };
        if executor.get("template").is_none() {
            let identity = member.object.identity();
            let title = format!("{identity} makes the operator panic");
            let place = place(&executor.origins, member);
            findings.push(
                identity,
                CHECK.finds(title).at_key(place, "has no `template`"),
            );
        }
    }
}
