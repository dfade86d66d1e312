//! A shuffle manager that is no more.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1008",
        name: "shuffle-manager-missing",
        page: "Celeborn's `RssShuffleManager` was renamed in 0.3.0 and removed in 0.4.0, which is the first \
               that runs in Spark 3.5. Older manuals still name it.",
    },
    symptom: "`ClassNotFoundException: org.apache.spark.shuffle.celeborn.RssShuffleManager`, and the \
               driver ends",
    fix: "set `spark.shuffle.manager` to `org.apache.spark.shuffle.celeborn.SparkShuffleManager`",
    source: "https://celeborn.apache.org/docs/latest/migration/ (from 0.2 to 0.3); run with the client \
               0.5.4 on 3.5.7",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:3.5.9
  sparkVersion: 3.5.9
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  sparkConf:
    spark.serializer: org.apache.spark.serializer.KryoSerializer
    spark.shuffle.manager: org.apache.spark.shuffle.celeborn.RssShuffleManager
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
  image: registry.example.com/spark:3.5.9
  sparkVersion: 3.5.9
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  sparkConf:
    spark.serializer: org.apache.spark.serializer.KryoSerializer
    spark.shuffle.manager: org.apache.spark.shuffle.celeborn.SparkShuffleManager
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
        let Some(manager) = program.properties.get("spark.shuffle.manager") else {
            continue;
        };
        let is_gone = manager.value.trim() == "org.apache.spark.shuffle.celeborn.RssShuffleManager";
        if is_gone && program.version.is_some() {
            let place = place(&manager.origins, manager.member);
            findings.push(
                manager.member.object.identity(),
                CHECK
                    .finds("this Celeborn has no `RssShuffleManager`")
                    .at_value(place, "removed in 0.4.0"),
            );
        }
    }
}
