//! A part of a topology.

use std::collections::BTreeSet;

use super::Topology;
use crate::{
    diagnostics::{did_you_mean, name_list},
    kubernetes::Identity,
    picture::Relation,
};

/// What is shown of a topology.
#[derive(Clone, Debug)]
pub struct View {
    /// The nodes.
    pub nodes: BTreeSet<usize>,
    /// The positions of the edges.
    pub edges: Vec<usize>,
    /// Whether nothing is left out but for relations.
    pub is_whole: bool,
}

/// A name that leads to nothing.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// What was asked for, with the name.
    pub what: String,
    /// What may be meant, when something is near.
    pub meant: Option<String>,
    /// What there is, in words; of objects there are too many.
    pub known: Option<String>,
}

impl Topology {
    /// What is shown when nothing is left out.
    #[must_use]
    pub fn whole(&self, relations: &[Relation]) -> View {
        View {
            nodes: (0..self.nodes.len()).collect(),
            edges: self.of_relations(relations).collect(),
            is_whole: true,
        }
    }

    /// Some objects and components with their neighbours, and what connects them.
    ///
    /// # Errors
    /// When there is no such object or component.
    pub fn part(
        &self,
        objects: &[String],
        components: &[String],
        relations: &[Relation],
    ) -> Result<View, Unknown> {
        let mut chosen = BTreeSet::new();
        for name in objects {
            chosen.insert(self.object(name)?);
        }
        for name in components {
            chosen.extend(self.component(name)?);
        }
        let touches = |at: &usize| {
            let edge = &self.edges[*at];
            chosen.contains(&edge.from) || chosen.contains(&edge.to)
        };
        let edges: Vec<_> = self.of_relations(relations).filter(touches).collect();
        let ends = edges.iter().map(|at| &self.edges[*at]);
        let nodes = ends
            .flat_map(|it| [it.from, it.to])
            .chain(chosen.iter().copied());
        Ok(View {
            nodes: nodes.collect(),
            edges,
            is_whole: false,
        })
    }

    fn of_relations(&self, relations: &[Relation]) -> impl Iterator<Item = usize> {
        let edges = self.edges.iter().enumerate();
        let edges = edges.filter(|(_, it)| relations.contains(&it.relation));
        edges.map(|(at, _)| at)
    }

    fn object(&self, name: &str) -> Result<usize, Unknown> {
        let identity = name.parse::<Identity>().ok();
        let is_it =
            |it: &super::Node| it.title == name || it.object.is_some() && it.object == identity;
        self.nodes.iter().position(is_it).ok_or_else(|| {
            let objects = self.nodes.iter().filter(|it| it.object.is_some());
            let meant = did_you_mean(name, objects.map(|it| it.title.as_str()));
            Unknown {
                what: format!("object `{name}`"),
                meant: meant.map(str::to_owned),
                known: None,
            }
        })
    }

    fn component(&self, name: &str) -> Result<Vec<usize>, Unknown> {
        let is_below = |table: &str| {
            let rest = table.strip_prefix(name);
            rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
        };
        let nodes = self.nodes.iter().enumerate();
        let nodes = nodes.filter(|(_, node)| node.made_by.iter().any(|it| is_below(&it.table)));
        let found: Vec<_> = nodes.map(|(at, _)| at).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let known = self.components();
        Err(Unknown {
            what: format!("component `{name}`"),
            meant: did_you_mean(name, known.iter().copied()).map(str::to_owned),
            known: Some(name_list(known)),
        })
    }

    /// The tables of the spec that asked for something.
    #[must_use]
    pub fn components(&self) -> BTreeSet<&str> {
        let makers = self.nodes.iter().flat_map(|it| &it.made_by);
        let tables = makers.map(|it| it.table.as_str());
        tables.filter(|it| !it.is_empty()).collect()
    }
}
