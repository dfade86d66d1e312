//! The graph as a digraph of Graphviz.

use super::{super::say::Lines, Drawing};
use crate::diagnostics::one_line;

pub fn draw(drawing: &Drawing<'_>) -> Lines {
    let Drawing { topology, .. } = drawing;
    let mut out = Lines::default();
    for line in ["digraph platform {", "  rankdir=LR;", "  node [shape=box];"] {
        out.add(line);
    }
    for (place, nodes) in drawing.places() {
        let name = place.name();
        out.add(format_args!("  subgraph \"cluster_{name}\" {{"));
        out.add(format_args!("    label=\"{name}\";"));
        for at in nodes {
            let name = quoted(&topology.nodes[at].title);
            out.add(format_args!("    n{at} [label={name}];"));
        }
        out.add("  }");
    }
    for edge in drawing.edges() {
        let label = quoted(&edge.label);
        out.add(format_args!(
            "  n{} -> n{} [label={label}];",
            edge.from, edge.to
        ));
    }
    out.add("}");
    out
}

/// A quoted text of DOT (<https://graphviz.org/doc/info/lang.html>).
fn quoted(text: &str) -> String {
    let text = one_line(text).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}
