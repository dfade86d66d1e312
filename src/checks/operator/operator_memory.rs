//! An operator without room for `spark-submit`.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place, quantity},
};

/// The rule.
pub const CHECK: Check = pages::operator_memory(run);

/// What one `spark-submit` beside the controller needs, in bytes.
const LEAST: i64 = 512 << 20;

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(operator) = platform.operator() else {
        return;
    };
    let Some(limit) = operator
        .container
        .node
        .at(["resources", "limits", "memory"])
    else {
        return;
    };
    if quantity(limit).is_some_and(|it| it.units() < LEAST) {
        let title = "the operator has no room for `spark-submit`";
        let place = place(&limit.origins, operator.member);
        findings.push(
            operator.member.object.identity(),
            CHECK.finds(title).at_value(place, ""),
        );
    }
}
