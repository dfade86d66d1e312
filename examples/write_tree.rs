//! Writes made-up trees through the output stage: `write_tree OUT REVISION FILES
//! [ENVIRONMENTS [durable]]`.
//!
//! For killing in the middle (`tests/fault_injection.rs`) and for measuring against `cp -r`. Two
//! revisions of a tree share a third of their files, change a third, and a third comes and goes.

use std::collections::BTreeSet;
use std::env;
use std::process::ExitCode;

use kiln::output::{Lock, Output, Tree};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [out, revision, counts @ ..] = arguments.as_slice() else {
        eprintln!("usage: write_tree OUT REVISION FILES [ENVIRONMENTS [durable]]");
        return ExitCode::from(2);
    };
    let count = |index: usize| {
        counts
            .get(index)
            .map(|text| text.parse().expect("a number"))
    };
    let tree = tree(revision, count(0).unwrap_or(50));
    let lock = Lock::of(&tree, BTreeSet::new(), BTreeSet::new());
    let output = Output::new(out).durable(counts.get(2).is_some_and(|text| text == "durable"));
    for index in 0..count(1).unwrap_or(1) {
        if let Err(errors) = output.write(&format!("env-{index}"), &tree, &lock) {
            for error in errors.iter() {
                eprintln!("{}", error.title);
            }
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn tree(revision: &str, files: usize) -> Tree {
    let layers = ["0-cluster/_cluster", "3-platform/jobs", "4-workloads/jobs"];
    let file = |index: usize| {
        let layer = layers[index / 3 % layers.len()];
        match index % 3 {
            0 => (format!("{layer}/Same-{index}.yaml"), content("same")),
            1 => (format!("{layer}/Changed-{index}.yaml"), content(revision)),
            _ => (
                format!("{layer}/Only-{revision}-{index}.yaml"),
                content(revision),
            ),
        }
    };
    (0..files).map(file).collect()
}

/// About as long as a usual manifest.
fn content(text: &str) -> Vec<u8> {
    format!("metadata:\n  name: {text}\n")
        .repeat(1500 / (19 + text.len()))
        .into()
}
