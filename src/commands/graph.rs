//! `kiln graph`.

use std::fmt::Write as _;

use clap::ValueEnum;

use super::{
    Project, Stop,
    say::{Lines, print, show},
};
use crate::{Compilation, diagnostics::one_line, graph::Graph, manifests::Layer};

/// Show an environment's objects by layer, and what refers to what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment.
    environment: String,

    /// How to draw it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// Objects by layer, with their references below them.
    #[default]
    Text,
    /// A Mermaid flowchart.
    Mermaid,
    /// A Graphviz digraph.
    Dot,
}

pub fn run(project: &Project, arguments: &Arguments) -> Result<(), Stop> {
    let chosen = project.chosen(std::slice::from_ref(&arguments.environment))?;
    for compilation in project.compile(&chosen)? {
        show(&compilation.diagnostics, &compilation.sources);
        if compilation.diagnostics.has_errors() {
            return Err(Stop::Problems);
        }
        print(&match arguments.format {
            Format::Text => text(&compilation),
            Format::Mermaid => mermaid(&compilation.graph),
            Format::Dot => dot(&compilation.graph),
        })?;
    }
    Ok(())
}

fn text(compilation: &Compilation) -> Lines {
    let graph = &compilation.graph;
    let mut out = Lines::default();
    for layer in Layer::ALL {
        let mut members = graph
            .members
            .iter()
            .enumerate()
            .filter(|(_, it)| it.layer == layer)
            .peekable();
        if members.peek().is_some() {
            out.add(layer.folder());
        }
        for (at, member) in members {
            out.add(format_args!("  {}", member.object.identity()));
            for edge in graph.edges.iter().filter(|edge| edge.from == at) {
                let to = graph.members[edge.to].object.identity();
                out.add(format_args!("    {} {to}", edge.reference.verb));
            }
        }
    }
    let prerequisites = crate::files::prerequisites(compilation);
    if !prerequisites.is_empty() {
        out.add("prerequisites");
    }
    for line in prerequisites {
        out.add(format_args!("  {line}"));
    }
    out
}

fn mermaid(graph: &Graph) -> Lines {
    let mut out = Lines::of("flowchart LR");
    for layer in Layer::ALL {
        out.add(format_args!("  subgraph {}", layer.folder()));
        for (at, member) in graph.members.iter().enumerate() {
            if member.layer == layer {
                let name = entities(&member.object.identity().to_string());
                out.add(format_args!("    n{at}[\"{name}\"]"));
            }
        }
        out.add("  end");
    }
    for edge in &graph.edges {
        out.add(format_args!(
            "  n{} -- {} --> n{}",
            edge.from, edge.reference.verb, edge.to
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

/// A quoted text of DOT (<https://graphviz.org/doc/info/lang.html>).
fn quoted(text: &str) -> String {
    let text = one_line(text).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{text}\"")
}

fn dot(graph: &Graph) -> Lines {
    let mut out = Lines::default();
    for line in ["digraph platform {", "  rankdir=LR;", "  node [shape=box];"] {
        out.add(line);
    }
    for layer in Layer::ALL {
        let folder = layer.folder();
        out.add(format_args!("  subgraph \"cluster_{folder}\" {{"));
        out.add(format_args!("    label=\"{folder}\";"));
        for (at, member) in graph.members.iter().enumerate() {
            if member.layer == layer {
                let name = quoted(&member.object.identity().to_string());
                out.add(format_args!("    n{at} [label={name}];"));
            }
        }
        out.add("  }");
    }
    for edge in &graph.edges {
        out.add(format_args!(
            "  n{} -> n{} [label=\"{}\"];",
            edge.from, edge.to, edge.reference.verb
        ));
    }
    out.add("}");
    out
}
