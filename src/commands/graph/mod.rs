//! `kiln graph`.

mod dot;
mod mermaid;
mod page;
mod text;

use std::collections::BTreeSet;

use clap::ValueEnum;

use super::{
    Project, Stop,
    say::{print, print_document, show},
};
use crate::{
    Compilation,
    picture::Relation,
    topology::{Edge, Node, Tier, Topology, Unknown, View},
};

/// Show an environment's objects by layer: what refers to what, who may connect to whom, and who may do what.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environment.
    environment: String,

    /// How to draw it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// What connects the objects; `references`, and in a page all of them, when nothing is said.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "RELATION")]
    show: Vec<Shown>,

    /// Only this object and its neighbours, such as `Deployment/jupyterhub-users/spark-connect-analytics`; may be
    /// repeated.
    #[arg(long, value_name = "OBJECT")]
    object: Vec<String>,

    /// Only what this table of the spec asks for, such as `connect.analytics`, and its neighbours; may be
    /// repeated.
    #[arg(long, value_name = "TABLE")]
    component: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// Objects by layer, with what connects them below them.
    #[default]
    Text,
    /// A Mermaid flowchart.
    Mermaid,
    /// A Graphviz digraph.
    Dot,
    /// A picture.
    Svg,
    /// A page with pictures and all facts, for a browser.
    Html,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shown {
    /// What refers to what.
    References,
    /// Which connections get through.
    Traffic,
    /// Who may do what.
    Access,
}

impl Shown {
    const fn relation(self) -> Relation {
        match self {
            Self::References => Relation::Reference,
            Self::Traffic => Relation::Traffic,
            Self::Access => Relation::Access,
        }
    }
}

/// What is drawn, in any format.
struct Drawing<'a> {
    compilation: &'a Compilation,
    topology: Topology,
    view: View,
    relations: Vec<Relation>,
}

pub fn run(project: &Project, arguments: &Arguments) -> Result<(), Stop> {
    let chosen = project.chosen(std::slice::from_ref(&arguments.environment))?;
    for compilation in project.compile(&chosen)? {
        show(&compilation.diagnostics, &compilation.sources);
        if compilation.diagnostics.has_errors() {
            return Err(Stop::Problems);
        }
        let drawing = Drawing::of(&compilation, arguments)?;
        match arguments.format {
            Format::Text => print(&text::draw(&drawing)),
            Format::Mermaid => print(&mermaid::draw(&drawing)),
            Format::Dot => print(&dot::draw(&drawing)),
            Format::Svg => print_document(&drawing.picture().document()),
            Format::Html => print_document(&page::draw(&drawing)),
        }?;
    }
    Ok(())
}

impl<'a> Drawing<'a> {
    fn of(compilation: &'a Compilation, arguments: &Arguments) -> Result<Self, Stop> {
        let topology = Topology::of(compilation);
        let mut relations: Vec<_> = arguments.show.iter().map(|it| it.relation()).collect();
        if relations.is_empty() {
            relations = match arguments.format {
                Format::Html => Relation::ALL.to_vec(),
                _ => vec![Relation::Reference],
            };
        }
        let Arguments {
            object, component, ..
        } = arguments;
        let view = if object.is_empty() && component.is_empty() {
            topology.whole(&relations)
        } else {
            let part = topology.part(object, component, &relations);
            part.map_err(|unknown| misuse(&unknown, &compilation.environment))?
        };
        Ok(Self {
            compilation,
            topology,
            view,
            relations,
        })
    }

    /// The nodes by where they belong, without places that have none. Of traffic and access alone, and of what is
    /// no object, those are left out that nothing connects.
    fn places(&self) -> Vec<(Tier, Vec<usize>)> {
        let edges = self.edges();
        let connected: BTreeSet<usize> = edges.flat_map(|it| [it.from, it.to]).collect();
        let has_objects = self.relations.contains(&Relation::Reference);
        let nodes = |place: Tier| {
            let is_shown = |at: &usize| {
                let node = &self.topology.nodes[*at];
                let is_object = node.object.is_some() && (has_objects || !self.view.is_whole);
                node.place == place && (is_object || connected.contains(at))
            };
            self.view.nodes.iter().copied().filter(is_shown).collect()
        };
        let all = Tier::all().map(|it| (it, nodes(it)));
        all.filter(|(_, nodes): &(_, Vec<_>)| !nodes.is_empty())
            .collect()
    }

    /// The nodes in the order of the places.
    fn nodes(&self) -> Vec<(usize, &Node)> {
        let places = self.places().into_iter();
        let nodes = places.flat_map(|(_, nodes)| nodes);
        nodes.map(|at| (at, &self.topology.nodes[at])).collect()
    }

    fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.view.edges.iter().map(|it| &self.topology.edges[*it])
    }

    fn picture(&self) -> crate::picture::Picture {
        let title = format!("The graph of {}", self.compilation.environment);
        self.topology.picture(&self.view, &self.relations, title)
    }
}

fn misuse(unknown: &Unknown, environment: &str) -> Stop {
    let hint = match unknown {
        Unknown {
            meant: Some(meant), ..
        } => format!("did you mean `{meant}`?"),
        Unknown {
            known: Some(known), ..
        } => format!("the spec has {known}"),
        _ => format!("`kiln graph {environment}` lists them"),
    };
    Stop::Misuse(format!("there is no {}; {hint}", unknown.what))
}
