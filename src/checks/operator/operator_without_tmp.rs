//! An operator that cannot write the files of a submission.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::operator_without_tmp(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(operator) = platform.operator() else {
        return;
    };
    let container = operator.container.node;
    let flag = container.at(["securityContext", "readOnlyRootFilesystem"]);
    let Some(flag) = flag.filter(|it| it.as_bool() == Some(true)) else {
        return;
    };
    let mut mounts = container.list_at(["volumeMounts"]).iter();
    let is_writable = mounts.any(|it| {
        let path = it.str_at(["mountPath"]).unwrap_or_default();
        let is_read_only = it
            .get("readOnly")
            .is_some_and(|it| it.as_bool() == Some(true));
        path.trim_end_matches('/') == "/tmp" && !is_read_only
    });
    // What a patch for another tool leaves out is there already.
    if is_writable || !operator.member.object.is_whole_workload() {
        return;
    }
    let place = place(&flag.origins, operator.member);
    findings.push(
        operator.member.object.identity(),
        CHECK
            .finds("the operator cannot write to `/tmp`")
            .at_value(place, "and no volume is mounted at `/tmp`"),
    );
}
