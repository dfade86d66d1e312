//! Servers that crash the operator.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::OperatorVersion,
};

/// The rule.
pub const CHECK: Check = pages::executor_template_missing(run);

/// The first operator that does not panic.
const FIXED_IN: OperatorVersion = OperatorVersion::new(2, 5, 0);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let version = platform.operator().and_then(|it| it.version);
    if version.is_none_or(|it| it >= FIXED_IN) {
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
