//! Event logs in the root of a bucket, with a Spark that cannot write there.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::Line,
};

/// The rule.
pub const CHECK: Check = pages::bucket_root(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let folder = program.properties.get("spark.eventLog.dir");
        let Some(folder) = folder.filter(|_| program.line() == Some(Line::V3_5)) else {
            continue;
        };
        let path = folder.value.trim().strip_prefix("s3a://");
        let is_root = path.is_some_and(|it| !it.trim_end_matches('/').contains('/'));
        if is_root && program.properties.is_true("spark.eventLog.enabled") {
            let title = format!("Spark 3.5 cannot write event logs to `{}`", folder.value);
            let place = place(&folder.origins, folder.member);
            findings.push(
                folder.member.object.identity(),
                CHECK.finds(title).at_value(place, "the root of a bucket"),
            );
        }
    }
}
