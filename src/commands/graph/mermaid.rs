//! The graph as a flowchart of Mermaid.

use std::fmt::Write as _;

use super::{super::say::Lines, Drawing};
use crate::diagnostics::one_line;

pub fn draw(drawing: &Drawing<'_>) -> Lines {
    let Drawing { topology, .. } = drawing;
    let mut out = Lines::of("flowchart LR");
    for (place, nodes) in drawing.places() {
        out.add(format_args!("  subgraph {}", place.name()));
        for at in nodes {
            let name = entities(&topology.nodes[at].title);
            out.add(format_args!("    n{at}[\"{name}\"]"));
        }
        out.add("  end");
    }
    for edge in drawing.edges() {
        let label = entities(&edge.label);
        out.add(format_args!(
            "  n{} -- \"{label}\" --> n{}",
            edge.from, edge.to
        ));
    }
    out
}

/// A text in a label of Mermaid, which takes it for Markdown and HTML
/// (<https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters>).
fn entities(text: &str) -> String {
    let mut out = String::new();
    for character in one_line(text).chars() {
        match character {
            '"' | '#' | '&' | ';' | '<' | '>' | '`' | '[' | ']' | '\\' => {
                let _ = write!(out, "#{};", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out
}
