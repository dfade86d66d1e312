//! Committers whose classes are not there.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1107",
        name: "committer-classes",
        page: "`PathOutputCommitProtocol` and its companions for Parquet live in `spark-hadoop-cloud`, \
               which no distribution of Spark contains. A server that names them starts, and every write \
               fails.",
    },
    symptom: "`ClassNotFoundException: org.apache.spark.internal.io.cloud.PathOutputCommitProtocol`; \
              clients see `Application error processing RPC`",
    fix: "put `spark-hadoop-cloud` of this Spark's version into the image and declare it in `jars`, or \
          leave the committer as it is",
    source: "https://spark.apache.org/docs/latest/cloud-integration.html; run on 3.5.7 and 4.1.4",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.sql.sources.commitProtocolClass" = "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol"
"#,
        passing: r#"extends = "_example.toml"

[images.spark]
jars = [
  "org.apache.hadoop:hadoop-aws:3.4.2",
  "org.apache.spark:spark-hadoop-cloud_2.13:4.1.4",
]

[connect.analytics.conf]
"spark.sql.sources.commitProtocolClass" = "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol"
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        for property in &program.properties {
            if property
                .value
                .starts_with("org.apache.spark.internal.io.cloud.")
                && program.has_jar(platform, "spark-hadoop-cloud") == Some(false)
            {
                let title = format!("the class of `{}` is in no jar of the image", property.key);
                let place = place(&property.origins, property.member);
                findings.push(
                    property.member.object.identity(),
                    CHECK
                        .finds(title)
                        .at_value(place, "lives in `spark-hadoop-cloud`"),
                );
            }
        }
    }
}
