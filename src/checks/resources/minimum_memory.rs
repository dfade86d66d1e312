//! Heaps that Spark refuses to start with.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
    spark::memory::MINIMUM_HEAP,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0706",
        name: "minimum-memory",
        page: "Spark keeps 300 MiB of every heap for itself and starts with no less than one and a half \
               times that. What the JVM reports is a little less than what it was given, so 450m are not \
               enough.",
    },
    symptom: "`System memory … must be at least 471859200. Please increase heap size`, or `Executor \
              memory … must be at least 471859200`",
    fix: "give it at least 465m",
    source: "Spark: core/src/main/scala/org/apache/spark/memory/UnifiedMemoryManager.scala; Java's answer \
             for small heaps is measured by a test",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:4.1.3
  sparkVersion: 4.1.3
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  driver:
    serviceAccount: spark
    memory: 1g
  executor:
    memory: 256m
"#,
        passing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Scala
  mode: cluster
  image: registry.example.com/spark:4.1.3
  sparkVersion: 4.1.3
  mainClass: com.example.Nightly
  mainApplicationFile: local:///opt/spark/jobs/nightly.jar
  driver:
    serviceAccount: spark
    memory: 1g
  executor:
    memory: 512m
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let is_test = program.properties.get("spark.testing").is_some();
        for key in ["spark.driver.memory", "spark.executor.memory"] {
            let Some(property) = program.properties.get(key).filter(|_| !is_test) else {
                continue;
            };
            if let Some((heap, _)) = program.bytes(key)
                && heap < MINIMUM_HEAP.bytes()
            {
                let title = format!("Spark does not start with a heap of `{}`", property.value);
                let place = place(&property.origins, property.member);
                findings.push(
                    property.member.object.identity(),
                    CHECK.finds(title).at_value(place, ""),
                );
            }
        }
    }
}
