//! Celeborn with a serializer that it cannot use.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1009",
        name: "celeborn-serializer",
        page: "Celeborn moves the records of a shuffle about as bytes, which those of Java's serializer, \
               Spark's default, do not bear.",
    },
    symptom: "a shuffle that fails or reads wrong records; Celeborn demands it in its manual",
    fix: "set `spark.serializer` to `org.apache.spark.serializer.KryoSerializer`",
    source: "https://github.com/apache/celeborn#spark-configuration",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:4.1.4
  sparkVersion: 4.1.4
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  sparkConf:
    spark.shuffle.manager: org.apache.spark.shuffle.celeborn.SparkShuffleManager
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
  image: registry.example.com/spark:4.1.4
  sparkVersion: 4.1.4
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
    for program in platform.programs().iter().filter(|it| it.is_complete) {
        let properties = &program.properties;
        let Some(manager) = properties.get("spark.shuffle.manager") else {
            continue;
        };
        let is_celeborn = manager
            .value
            .trim()
            .starts_with("org.apache.spark.shuffle.celeborn.");
        let serializer = properties.get("spark.serializer");
        let is_of_java = serializer
            .is_none_or(|it| it.value.trim() == "org.apache.spark.serializer.JavaSerializer");
        if is_celeborn && is_of_java {
            let at = serializer.unwrap_or(manager);
            let place = place(&at.origins, at.member);
            findings.push(
                at.member.object.identity(),
                CHECK
                    .finds("Celeborn cannot use Java's serializer")
                    .at_value(place, ""),
            );
        }
    }
}
