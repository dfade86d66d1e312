//! Heaps that do not fit into their container.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Origins,
    platform::{Platform, Program, place, quantity},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0704",
        name: "heap-exceeds-limit",
        page: "A heap may grow to its size, and the JVM needs more beside it: threads, buffers, classes. A \
               container whose limit is no larger than the heap is killed when the heap fills, which no \
               garbage collection prevents.",
    },
    symptom: "`OOMKilled` with exit code 137, under load and without an exception in the log",
    fix: "give the container the heap and at least 384Mi or a tenth of it more, or make the heap smaller",
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
    - /opt/spark/sbin/start-connect-server.sh
    - --driver-memory=2g
    readinessProbe:
      tcpSocket:
        port: 15002
    resources:
      limits:
        memory: 2Gi
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
    - /opt/spark/sbin/start-connect-server.sh
    - --driver-memory=2g
    readinessProbe:
      tcpSocket:
        port: 15002
    resources:
      limits:
        memory: 3Gi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if let Some(Container {
            heap,
            limit,
            heap_origins,
            limit_origins,
            ..
        }) = container(program)
            && limit <= heap
        {
            let identity = program.member.object.identity();
            let mebibytes = |bytes: u64| bytes >> 20;
            let title = format!(
                "a heap of {} MiB fills a container of {} MiB",
                mebibytes(heap),
                mebibytes(limit)
            );
            let diagnostic = CHECK
                .finds(title)
                .at_value(place(&limit_origins, program.member), "")
                .at_value(&heap_origins, "the heap");
            findings.push(identity, diagnostic);
        }
    }
}

/// A driver's container whose heap and limit are both in sight, in bytes.
pub(super) struct Container {
    /// `spark.driver.memory`.
    pub heap: u64,
    /// What it shares its limit with: files in memory.
    pub files: u64,
    /// The container's limit.
    pub limit: u64,
    /// What made the heap.
    pub heap_origins: Origins,
    /// What made the limit.
    pub limit_origins: Origins,
}

/// The container of a driver that runs in a pod which somebody else than Spark sizes.
pub(super) fn container(program: &Program<'_>) -> Option<Container> {
    // The operator gives its pods what Spark computes.
    let is_sized = program.member.object.pod_template().is_some() && program.is_driver();
    let container = program.container.filter(|_| is_sized)?;
    let limit = container.node.at(["resources", "limits", "memory"])?;
    let (heap, heap_origins) = program.bytes("spark.driver.memory")?;
    let volumes = program.pod?.list_at(["spec", "volumes"]).iter();
    let files = volumes
        .filter(|it| it.str_at(["emptyDir", "medium"]) == Some("Memory"))
        .filter_map(|it| quantity(it.at(["emptyDir", "sizeLimit"])?));
    let bytes = |quantity: crate::kubernetes::Quantity| u64::try_from(quantity.units()).ok();
    Some(Container {
        heap,
        files: files.filter_map(bytes).sum(),
        limit: bytes(quantity(limit)?)?,
        heap_origins: heap_origins.clone(),
        limit_origins: limit.origins.clone(),
    })
}
