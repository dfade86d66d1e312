//! Dynamic allocation that nothing keeps the data of shuffles for.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Mode, Platform, place},
    spark::value::boolean,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1010",
        name: "dynamic-allocation-storage",
        page: "An executor that goes takes its part of the shuffles with it. So Spark demands that it knows \
               who has some (`shuffleTracking`, the default), or that somebody else keeps it: Celeborn by \
               `CelebornShuffleDataIO`, a shuffle service, or other executors at their decommission. \
               Without any of these the driver ends.",
    },
    symptom: "`SparkException: Dynamic allocation of executors requires one of the following conditions: \
               1) enabling external shuffle service …`",
    fix: "leave `spark.dynamicAllocation.shuffleTracking.enabled` as it is, or set \
               `spark.shuffle.sort.io.plugin.class` to Celeborn's `CelebornShuffleDataIO`",
    source: "Spark: core/src/main/scala/org/apache/spark/ExecutorAllocationManager.scala \
               (validateSettings); run on 4.1.4 (`tests/conformance/symptoms.rs`)",
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
    spark.serializer: org.apache.spark.serializer.KryoSerializer
    spark.shuffle.manager: org.apache.spark.shuffle.celeborn.SparkShuffleManager
    spark.dynamicAllocation.enabled: "true"
    spark.dynamicAllocation.shuffleTracking.enabled: "false"
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
    spark.dynamicAllocation.enabled: "true"
    spark.dynamicAllocation.shuffleTracking.enabled: "false"
    spark.shuffle.sort.io.plugin.class: org.apache.spark.shuffle.celeborn.CelebornShuffleDataIO
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
        let is_dynamic = properties.is_true("spark.dynamicAllocation.enabled");
        let has_executors = program.mode().is_some_and(|it| it != Mode::Local);
        let Some(tracking) = properties
            .get("spark.dynamicAllocation.shuffleTracking.enabled")
            .filter(|it| boolean(&it.value) == Some(false))
            .filter(|_| is_dynamic && has_executors && program.is_driver())
        else {
            continue;
        };
        let decommissions = properties.is_true("spark.decommission.enabled")
            && properties.is_true("spark.storage.decommission.shuffleBlocks.enabled");
        let is_kept = properties.is_true("spark.shuffle.service.enabled")
            || properties.is_true("spark.dynamicAllocation.testing")
            || properties
                .get("spark.shuffle.sort.io.plugin.class")
                .is_some()
            || decommissions;
        if !is_kept {
            let place = place(&tracking.origins, tracking.member);
            findings.push(
                tracking.member.object.identity(),
                CHECK
                    .finds("nothing keeps the shuffles of executors that go")
                    .at_value(place, "nor does anything else"),
            );
        }
    }
}
