//! What is wrong with a platform, seen from its graph.

mod structure;

use crate::{diagnostics::Diagnostics, graph::Graph};

/// Judges every object.
#[must_use]
pub fn run(graph: &Graph) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for member in graph.members.iter().chain(&graph.embedded) {
        structure::run(member, graph, &mut diagnostics);
    }
    diagnostics
}
