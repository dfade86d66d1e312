//! Python workers without memory of their own.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Mode, Platform, place},
    spark::memory::MINIMUM_OVERHEAD,
};

/// The rule.
pub const CHECK: Check = pages::python_overhead(run);

/// What leaves room for Python.
const KEYS: [&str; 4] = [
    "spark.executor.memoryOverhead",
    "spark.executor.memoryOverheadFactor",
    "spark.kubernetes.memoryOverheadFactor",
    "spark.executor.pyspark.memory",
];

/// The largest heap whose overhead is enough as it is, in bytes.
const LARGEST_WITH_ENOUGH: u64 = 1 << 30;

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
            let Some((bytes, _)) = program.bytes("spark.executor.memory") else {
                continue;
            };
            // Up to there the least overhead is about what two fifths would be.
            if bytes <= LARGEST_WITH_ENOUGH {
                continue;
            }
            let heap_in_mib = bytes >> 20;
            let overhead = (heap_in_mib / 10).max(MINIMUM_OVERHEAD.0);
            let title = format!(
                "Python on these executors has {overhead} MiB beside a heap of {heap_in_mib} MiB"
            );
            let place = place(&heap.origins, heap.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, ""),
            );
        }
    }
}
