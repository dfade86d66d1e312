//! Heaps that do not fit into their container.

use crate::{
    checks::{Check, Findings, pages},
    document::Origins,
    platform::{Platform, Program, place, quantity},
    spark::value::memory_bytes,
};

/// The rule.
pub const CHECK: Check = pages::heap_exceeds_limit(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        if let Some(SizedHeap {
            heap,
            limit,
            heap_origins,
            limit_origins,
            ..
        }) = container(platform, program)
            && (limit < heap || limit == heap && !heap_origins.is_empty())
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
                .at_value(place(&limit_origins, program.member), "");
            let diagnostic = if heap_origins.is_empty() {
                diagnostic.note("nothing sets the heap, so it is 1 GiB")
            } else {
                diagnostic.at_value(&heap_origins, "the heap")
            };
            findings.push(identity, diagnostic);
        }
    }
}

/// A container of a driver or a daemon whose heap and limit are both in sight, in bytes.
pub(super) struct SizedHeap {
    /// `spark.driver.memory`, or what daemons have instead.
    pub heap: u64,
    /// What it shares its limit with: files in memory.
    pub files: u64,
    /// The container's limit.
    pub limit: u64,
    /// What made the heap; empty when it is Spark's default.
    pub heap_origins: Origins,
    /// What made the limit.
    pub limit_origins: Origins,
}

/// The container of a program that runs in a pod which somebody else than Spark sizes.
pub(super) fn container(platform: &Platform<'_>, program: &Program<'_>) -> Option<SizedHeap> {
    // A submission hands the heap on to a pod of its own.
    if program.properties.value("spark.submit.deployMode") == Some("cluster") {
        return None;
    }
    // Of applications Spark sizes the driver.
    let mut pods = platform.pods().filter(|it| it.is_sized_by_template());
    let pod = pods.find(|it| std::ptr::eq(it.member, program.member))?;
    let container = program.container?.name();
    let resources = pod.resources.iter().find(|it| it.container == container)?;
    let limit = resources.limits.get("memory")?;
    let (heap, heap_origins) = heap(platform, program)?;
    let volumes = program.pod?.list_at(["spec", "volumes"]).iter();
    let files = volumes
        .filter(|it| it.str_at(["emptyDir", "medium"]) == Some("Memory"))
        .filter_map(|it| quantity(it.at(["emptyDir", "sizeLimit"])?));
    let bytes = |quantity: crate::kubernetes::Quantity| u64::try_from(quantity.units()).ok();
    Some(SizedHeap {
        heap,
        files: files.filter_map(bytes).fold(0, u64::saturating_add),
        limit: bytes(limit.quantity?)?,
        heap_origins,
        limit_origins: limit.origins.clone(),
    })
}

/// The heap of a program, in bytes.
fn heap(platform: &Platform<'_>, program: &Program<'_>) -> Option<(u64, Origins)> {
    /// `spark.driver.memory` and `SPARK_DAEMON_MEMORY` (`SparkClassCommandBuilder`).
    const DEFAULT: u64 = 1 << 30;
    let key = "spark.driver.memory";
    if program.is_driver() && program.properties.get(key).is_some() {
        let (heap, origins) = program.bytes(key)?;
        return Some((heap, origins.clone()));
    }
    // What kiln compiles states its heap, or has another fault.
    if platform.is_of_spec {
        return None;
    }
    if program.is_driver() {
        return program.is_complete.then_some((DEFAULT, Origins::none()));
    }
    let Some(variable) = program.variable("SPARK_DAEMON_MEMORY") else {
        let is_known = program.container?.node.get("envFrom").is_none();
        return is_known.then_some((DEFAULT, Origins::none()));
    };
    let value = variable.get("value")?;
    Some((memory_bytes(value.as_str()?)?, value.origins.clone()))
}
