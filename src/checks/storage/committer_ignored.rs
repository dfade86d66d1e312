//! Committers that are chosen and not used.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::committer_ignored(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let key = "spark.hadoop.fs.s3a.committer.name";
        let bound = program
            .properties
            .get("spark.sql.sources.commitProtocolClass");
        if let Some(name) = program.properties.get(key)
            && matches!(name.value.as_str(), "magic" | "directory" | "partitioned")
            && bound.is_none()
            && program.has_jar(platform, "spark-hadoop-cloud") == Some(false)
        {
            let title = format!("Parquet is written without the committer `{}`", name.value);
            let place = place(&name.origins, name.member);
            findings.push(
                name.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
