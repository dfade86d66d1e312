//! Committers that are chosen and not used.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1108",
        name: "committer-ignored",
        page: "`fs.s3a.committer.name` chooses among S3A's committers for whoever asks S3A for one. \
               Spark's Parquet writer does not, unless it is bound to them by classes of \
               `spark-hadoop-cloud`: it goes on renaming files, which on S3 is slow and not atomic.",
    },
    symptom: "`_SUCCESS` files of 0 bytes: no committer of S3A wrote them",
    fix: "add `spark-hadoop-cloud` to the image; Spark 4.1 then binds itself, earlier versions need \
          `spark.sql.sources.commitProtocolClass` and `spark.sql.parquet.output.committer.class`",
    source: "https://spark.apache.org/docs/latest/cloud-integration.html; run on 3.5.7 and 4.1.4",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.hadoop.fs.s3a.committer.name" = "magic"
"#,
        passing: r#"extends = "_example.toml"

[images.spark]
jars = [
  "org.apache.hadoop:hadoop-aws:3.4.2",
  "org.apache.spark:spark-hadoop-cloud_2.13:4.1.4",
]

[connect.analytics.conf]
"spark.hadoop.fs.s3a.committer.name" = "magic"
"#,
    },
    run,
};

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
