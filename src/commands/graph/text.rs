//! The graph as lines.

use std::collections::BTreeMap;

use super::{super::say::Lines, Drawing};
use crate::{
    files::{prerequisite, prerequisites},
    picture::Relation,
    topology::{Edge, Tier},
};

pub fn draw(drawing: &Drawing<'_>) -> Lines {
    let Drawing {
        compilation,
        topology,
        view,
        ..
    } = drawing;
    let mut edges: BTreeMap<usize, Vec<&Edge>> = BTreeMap::new();
    for edge in drawing.edges() {
        edges.entry(edge.from).or_default().push(edge);
    }
    let mut out = Lines::default();
    for (place, nodes) in drawing.places() {
        // What has to be there stands below the rest, with the reason.
        let is_said = |at: &usize| place != Tier::Beforehand || edges.contains_key(at);
        let nodes: Vec<usize> = nodes.into_iter().filter(is_said).collect();
        if !nodes.is_empty() {
            out.add(place.name());
        }
        for at in nodes {
            out.add(format_args!("  {}", topology.nodes[at].title));
            for edge in edges.get(&at).into_iter().flatten() {
                out.add(format_args!("    {}", topology.predicate(edge)));
            }
        }
    }
    let needed = if !drawing.relations.contains(&Relation::Reference) {
        Vec::new()
    } else if view.is_whole {
        prerequisites(compilation).into_iter().collect()
    } else {
        let all = compilation.graph.prerequisites.iter();
        let is_shown = |object| {
            let mut nodes = view.nodes.iter().map(|it| &topology.nodes[*it]);
            nodes.any(|it| it.object.as_ref() == Some(object))
        };
        let shown = all.filter(|it| is_shown(&it.object));
        shown.map(prerequisite).collect()
    };
    if !needed.is_empty() {
        out.add("prerequisites");
    }
    for line in needed {
        out.add(format_args!("  {line}"));
    }
    if drawing.relations.contains(&Relation::Traffic) {
        for note in &topology.notes {
            out.add(note);
        }
    }
    out
}
