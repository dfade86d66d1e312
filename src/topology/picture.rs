//! A topology as the description of a picture.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, Node, Tier, Tone, Topology, View};
use crate::picture::{self, Mark, Picture, Relation};

/// The groups of a picture, from top to bottom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group<'a> {
    Cluster,
    Namespace(&'a str),
    Outside,
}

impl Topology {
    /// A picture of a part: columns are layers, and groups are namespaces. Which namespace an object is in is
    /// shown by the groups alone. Of relations other than references, nodes that have none are left out.
    #[must_use]
    pub fn picture(&self, view: &View, relations: &[Relation], title: String) -> Picture {
        let edges = view.edges.iter().map(|at| &self.edges[*at]);
        let edges = edges.filter(|it| relations.contains(&it.relation) && !it.is_membership());
        let edges: Vec<_> = edges.collect();
        let ends: BTreeSet<usize> = edges.iter().flat_map(|it| [it.from, it.to]).collect();
        let has_all = relations.contains(&Relation::Reference);
        let is_shown = |at: &usize| {
            let is_object = self.nodes[*at].object.is_some();
            ends.contains(at) || has_all && is_object
        };
        let shown: Vec<usize> = view.nodes.iter().copied().filter(is_shown).collect();
        let own: BTreeSet<_> = self.own_namespaces().collect();
        let group_of = |it: usize| group(&self.nodes[it], &own);
        let groups: BTreeSet<_> = shown.iter().map(|it| group_of(*it)).collect();
        let groups: Vec<_> = groups.into_iter().collect();
        let places: Vec<_> = Tier::all().collect();
        let positions: BTreeMap<usize, usize> = shown
            .iter()
            .enumerate()
            .map(|(to, from)| (*from, to))
            .collect();
        let nodes = shown.iter().map(|at| {
            let node = &self.nodes[*at];
            picture::Node {
                id: format!("n{at}"),
                label: node.name.clone(),
                kind: node.kind.clone(),
                title: node.title.clone(),
                column: places.iter().position(|it| *it == node.place).unwrap_or(0),
                group: groups.binary_search(&group_of(*at)).unwrap_or(0),
                tone: node.tone,
                mark: Mark::Unchanged,
                link: Some(format!("#n{at}")),
            }
        });
        let edges = edges.iter().filter_map(|edge| {
            Some(picture::Edge {
                from: *positions.get(&edge.from)?,
                to: *positions.get(&edge.to)?,
                relation: edge.relation,
                label: edge.label.clone(),
                title: self.sentence(edge),
                mark: Mark::Unchanged,
            })
        });
        Picture {
            title,
            columns: places.iter().map(|it| it.name().to_owned()).collect(),
            groups: groups.iter().map(Group::title).collect(),
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    }

    /// An edge in a sentence.
    #[must_use]
    pub fn sentence(&self, edge: &Edge) -> String {
        let from = &self.nodes[edge.from].title;
        format!("{from} {}", self.predicate(edge))
    }

    /// An edge in a sentence without its subject.
    #[must_use]
    pub fn predicate(&self, edge: &Edge) -> String {
        let to = &self.nodes[edge.to].title;
        match edge.relation {
            Relation::Reference => format!("{} {to}", edge.label),
            Relation::Traffic => format!("connects to {to} on {}", edge.label),
            Relation::Access => format!("may {} {to}", edge.detail),
        }
    }

    fn own_namespaces(&self) -> impl Iterator<Item = &str> {
        let objects = self.nodes.iter().filter(|it| it.object.is_some());
        objects.filter_map(|it| it.namespace.as_deref())
    }
}

fn group<'a>(node: &'a Node, own: &BTreeSet<&str>) -> Group<'a> {
    match node.namespace.as_deref() {
        Some(namespace) if own.contains(namespace) => Group::Namespace(namespace),
        _ if node.tone == Tone::Outside && node.object.is_none() => Group::Outside,
        Some(namespace) => Group::Namespace(namespace),
        None => Group::Cluster,
    }
}

impl Group<'_> {
    fn title(&self) -> String {
        match self {
            Self::Cluster => "the cluster".to_owned(),
            Self::Namespace(namespace) => (*namespace).to_owned(),
            Self::Outside => "outside of the platform".to_owned(),
        }
    }
}
