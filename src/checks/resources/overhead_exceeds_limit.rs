//! Containers that hold the heap, and not what a driver needs beside it.

use super::heap_exceeds_limit::{SizedHeap, container};
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
    spark::memory::{Mebibytes, Overhead},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0705",
        name: "overhead-exceeds-limit",
        page: "Beside its heap a driver needs a tenth of it, at least 384 MiB: that is what Spark adds for \
               pods that it makes itself. Volumes in memory count against the same limit.",
    },
    symptom: "`OOMKilled` with exit code 137, on a busy day",
    fix: "raise the limit, or make the heap smaller",
    source: "https://spark.apache.org/docs/latest/configuration.html (spark.driver.memoryOverhead)",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: spark-connect
spec:
  containers:
  - name: server
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    args:
    - /opt/spark/bin/spark-submit
    - --class=org.apache.spark.sql.connect.service.SparkConnectServer
    - --driver-memory=2g
    - spark-internal
    readinessProbe:
      tcpSocket:
        port: 15002
    resources:
      limits:
        memory: 2200Mi
"#,
        passing: r#"apiVersion: v1
kind: Pod
metadata:
  name: spark-connect
spec:
  containers:
  - name: server
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    args:
    - /opt/spark/bin/spark-submit
    - --class=org.apache.spark.sql.connect.service.SparkConnectServer
    - --driver-memory=2g
    - spark-internal
    readinessProbe:
      tcpSocket:
        port: 15002
    resources:
      limits:
        memory: 2432Mi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(SizedHeap {
            heap,
            files,
            limit,
            heap_origins,
            limit_origins,
        }) = container(platform, program)
        else {
            continue;
        };
        // Who states the overhead knows it better.
        let stated = program.bytes("spark.driver.memoryOverhead");
        let overhead = match stated {
            Some((overhead, _)) => overhead,
            None => Overhead::Jvm.of(Mebibytes(heap >> 20)).bytes(),
        };
        let needed = heap.saturating_add(overhead).saturating_add(files);
        if program.is_driver() && limit > heap && limit < needed {
            let title = format!(
                "a driver that needs {} MiB has {} MiB",
                needed >> 20,
                limit >> 20
            );
            let diagnostic = CHECK
                .finds(title)
                .at_value(place(&limit_origins, program.member), "")
                .at_value(&heap_origins, "the heap");
            findings.push(program.member.object.identity(), diagnostic);
        }
    }
}
