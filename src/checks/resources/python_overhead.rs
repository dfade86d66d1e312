//! Python workers without memory of their own.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Mode, Platform, place},
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
