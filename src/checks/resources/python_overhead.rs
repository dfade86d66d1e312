//! Python workers without memory of their own.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0711",
        name: "python-overhead",
        page: "Python workers run beside an executor's JVM, in its overhead. Spark makes that two fifths of \
               the heap for Python, but only when it submits the driver in cluster mode; in client mode it \
               stays a tenth, and executors are killed by the first large UDF.",
    },
    symptom: "`ExecutorLostFailure … exit code 137`, when a UDF runs",
    fix: "set `spark.executor.memoryOverheadFactor=0.4`, or `spark.executor.memoryOverhead`",
    source: "Spark: resource-managers/kubernetes/core/…/BasicDriverFeatureStep.scala (defaultOverheadFactor)",
    example: Example::Manifests {
        failing: r#"apiVersion: batch/v1
kind: Job
metadata:
  name: nightly
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: driver
        image: registry.example.com/spark:4.1.3
        args:
        - /opt/spark/bin/spark-submit
        - --master=k8s://https://kubernetes.default.svc:443
        - --conf=spark.executor.memory=8g
        - /opt/jobs/nightly.py
        resources:
          limits:
            memory: 2Gi
"#,
        passing: r#"apiVersion: batch/v1
kind: Job
metadata:
  name: nightly
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: driver
        image: registry.example.com/spark:4.1.3
        args:
        - /opt/spark/bin/spark-submit
        - --master=k8s://https://kubernetes.default.svc:443
        - --conf=spark.executor.memory=8g
        - --conf=spark.executor.memoryOverheadFactor=0.4
        - /opt/jobs/nightly.py
        resources:
          limits:
            memory: 2Gi
"#,
    },
    run,
};

/// What leaves room for Python.
const KEYS: [&str; 4] = [
    "spark.executor.memoryOverhead",
    "spark.executor.memoryOverheadFactor",
    "spark.kubernetes.memoryOverheadFactor",
    "spark.executor.pyspark.memory",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let is_python = program.arguments.words().any(|(word, _)| {
            word.strip_suffix(".py").is_some() || word.ends_with("/pyspark") || word == "pyspark"
        });
        let Some(heap) = program.properties.get("spark.executor.memory") else {
            continue;
        };
        let is_set = KEYS.iter().any(|key| program.properties.get(key).is_some());
        if is_python && !is_set && program.mode() == Some(Mode::Client) {
            let title = "Python on these executors has a tenth of their heap";
            let place = place(&heap.origins, heap.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
