//! Containers that hold the heap, and not what a driver needs beside it.

use super::heap_exceeds_limit::{SizedHeap, container};
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::memory::{Mebibytes, Overhead},
};

/// The rule.
pub const CHECK: Check = pages::overhead_exceeds_limit(run);

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
