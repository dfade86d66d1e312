//! Properties of which another one leaves nothing.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
    spark::effects::overridden_by,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0610",
        name: "property-overridden",
        page: "Two properties say the same thing, and Spark reads one. A factor of overhead counts for nothing \
               beside an overhead in bytes; of the numbers of executors to start with the largest counts.",
    },
    symptom: "nothing; the executors are of another size or number than somebody thinks",
    fix: "remove the one that does not count",
    source: "Spark: resource-managers/kubernetes/core, BasicExecutorFeatureStep.scala; \
             core/src/main/scala/org/apache/spark/util/Utils.scala (getDynamicAllocationInitialExecutors)",
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
    spark.executor.memoryOverheadFactor: "0.4"
    spark.executor.memoryOverhead: 512m
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
    spark.executor.memoryOverhead: 512m
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
    for program in platform.programs().iter().filter(|it| it.is_driver()) {
        let properties = &program.properties;
        for property in properties {
            let winner = overridden_by(|key| properties.value(key), &property.key);
            let Some(winner) = winner.filter(|it| it.is_whole) else {
                continue;
            };
            let title = format!("`{}` counts for nothing", property.key);
            let mut diagnostic = CHECK
                .finds(title)
                .at_key(place(&property.origins, property.member), winner.reason);
            if let Some(by) = properties.get(winner.by) {
                diagnostic = diagnostic.at_key(&by.origins, "this one counts");
            }
            findings.push(property.member.object.identity(), diagnostic);
        }
    }
}
