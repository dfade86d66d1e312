//! Event logs in the root of a bucket, with a Spark that cannot write there.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
    spark::Line,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1103",
        name: "bucket-root",
        page: "Spark 3.5 cannot write event logs to the root of a bucket: it makes an empty path of it.",
    },
    symptom: "the driver crashes with `IllegalArgumentException: path must be absolute`",
    fix: "name a folder, such as `s3a://spark-logs/events`, and see that an object lies below it",
    source: "run on 3.5.7 (crashes) and 4.1.4 (writes)",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:3.5.7
  sparkVersion: 3.5.7
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  sparkConf:
    spark.eventLog.enabled: "true"
    spark.eventLog.dir: s3a://spark-logs/
  driver:
    serviceAccount: spark
    memory: 1g
  executor:
    memory: 1g
"#,
        passing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:3.5.7
  sparkVersion: 3.5.7
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  sparkConf:
    spark.eventLog.enabled: "true"
    spark.eventLog.dir: s3a://spark-logs/events
  driver:
    serviceAccount: spark
    memory: 1g
  executor:
    memory: 1g
"#,
    },
    run,
};

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
