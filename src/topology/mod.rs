//! A compiled platform as nodes and what connects them: references, traffic that gets through, and rights.
//!
//! Traffic and rights are evaluated as a cluster evaluates them: a rule that another policy undoes connects
//! nothing, and what a role allows is there once for each account that a binding gives it to.

mod access;
mod picture;
mod traffic;
mod view;

pub use view::{Unknown, View};

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Compilation,
    components::{self, Occurrence},
    document::{Origins, Sources},
    graph::{Graph, Member},
    kubernetes::Identity,
    manifests::{Layer, Prerequisite},
    picture::{Relation, Tone},
    platform::Platform,
    references::references,
};

/// The whole.
#[derive(Clone, Debug, Default)]
pub struct Topology {
    /// The objects in the order of the graph, then what is embedded, what has to be there beforehand, and what
    /// traffic and rights add.
    pub nodes: Vec<Node>,
    /// What connects them, each once.
    pub edges: Vec<Edge>,
    /// What keeps a part of it from being known, in sentences.
    pub notes: Vec<String>,
}

/// An object, or something that an object leads to.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name alone.
    pub name: String,
    /// What it is, such as `Deployment`.
    pub kind: String,
    /// What it is called in a sentence; an object as messages print it.
    pub title: String,
    /// The object that it is.
    pub object: Option<Identity>,
    /// Its namespace.
    pub namespace: Option<String>,
    /// Where it belongs.
    pub place: Tier,
    /// What sets it apart at first sight.
    pub tone: Tone,
    /// The tables of the spec that asked for it.
    pub made_by: Vec<Maker>,
    /// What else there is to know, in sentences.
    pub notes: Vec<String>,
}

/// A part of a spec.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Maker {
    /// The table of a component, such as `connect.analytics`; empty for a manifest.
    pub table: String,
    /// The file and the line, as `FILE:LINE`.
    pub line: String,
}

/// Where a node belongs, from what has to be there first to what follows from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Outside of the platform, and only connects to it.
    Callers,
    /// On the cluster before anything is applied.
    Beforehand,
    /// Applied.
    Layer(Layer),
    /// Outside of the platform.
    Outside,
    /// What somebody may do.
    Rights,
}

impl Tier {
    /// All of them in their order.
    pub fn all() -> impl Iterator<Item = Self> {
        let layers = Layer::ALL.into_iter().map(Self::Layer);
        [Self::Callers, Self::Beforehand]
            .into_iter()
            .chain(layers)
            .chain([Self::Outside, Self::Rights])
    }

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Callers => "callers",
            Self::Beforehand => "beforehand",
            Self::Layer(layer) => layer.folder(),
            Self::Outside => "outside",
            Self::Rights => "rights",
        }
    }
}

/// What connects two nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The position of the node that refers, connects or may do something.
    pub from: usize,
    /// The position of the other.
    pub to: usize,
    /// What it stands for.
    pub relation: Relation,
    /// The verb of a reference, the ports of traffic, or in short what somebody may do.
    pub label: String,
    /// The same at length: the verbs of a right.
    pub detail: String,
}

/// How an object refers to its namespace.
const IS_IN: &str = "is in";

impl Edge {
    /// Whether it says in which namespace an object is, which pictures show by their groups.
    #[must_use]
    pub fn is_membership(&self) -> bool {
        self.relation == Relation::Reference && self.label == IS_IN
    }
}

impl Topology {
    /// Reads a compilation without errors.
    #[must_use]
    pub fn of(compilation: &Compilation) -> Self {
        let Compilation {
            graph,
            offers,
            sources,
            ..
        } = compilation;
        let mut topology = Self::default();
        let members = graph.members.iter().chain(&graph.embedded);
        let members = members.map(|it| Node::of_member(it, sources));
        let prerequisites = graph.prerequisites.iter();
        let prerequisites = prerequisites.map(|it| Node::of_prerequisite(it, sources));
        topology.nodes = members.chain(prerequisites).collect();
        topology.add_references(graph);
        let platform = Platform::of_spec(graph, offers, true);
        traffic::add(&mut topology, &platform, sources);
        access::add(&mut topology, &platform, sources);
        let mut seen = BTreeSet::new();
        topology.edges.retain(|it| {
            seen.insert((
                it.from,
                it.to,
                it.relation,
                it.label.clone(),
                it.detail.clone(),
            ))
        });
        topology
    }

    fn add_references(&mut self, graph: &Graph) {
        let mut add = |from, to, verb: &str| {
            self.edges.push(Edge {
                from,
                to,
                relation: Relation::Reference,
                label: verb.to_owned(),
                detail: verb.to_owned(),
            });
        };
        for edge in &graph.edges {
            add(edge.from, edge.to, edge.reference.verb);
        }
        let members = graph.members.len();
        let beforehand = members + graph.embedded.len();
        for (from, member) in graph.members.iter().chain(&graph.embedded).enumerate() {
            for reference in references(&member.object) {
                let target = reference.target();
                let existing = graph
                    .prerequisites
                    .binary_search_by(|it| it.object.cmp(&target));
                match (existing, graph.position(&target)) {
                    (Ok(at), _) => add(from, beforehand + at, reference.verb),
                    // Those of members are in the graph.
                    (Err(_), Some(to)) if from >= members => add(from, to, reference.verb),
                    _ => {}
                }
            }
        }
    }

    /// The positions of the objects.
    fn objects(&self) -> BTreeMap<Identity, usize> {
        let nodes = self.nodes.iter().enumerate();
        let objects = nodes.filter_map(|(at, it)| Some((it.object.clone()?, at)));
        objects.collect()
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

impl Node {
    fn of_member(member: &Member, sources: &Sources) -> Self {
        let identity = member.object.identity();
        let place = Tier::Layer(member.layer);
        Self::of_object(identity, place, &member.origins, sources)
    }

    fn of_prerequisite(prerequisite: &Prerequisite, sources: &Sources) -> Self {
        let Prerequisite {
            object,
            keys,
            why,
            origins,
        } = prerequisite;
        let mut node = Self::of_object(object, Tier::Beforehand, origins, sources);
        node.tone = Tone::Outside;
        node.notes
            .push(format!("has to be there beforehand: {why}"));
        if !keys.is_empty() {
            node.notes
                .push(format!("with the keys {}", keys.join(", ")));
        }
        node
    }

    fn of_object(identity: &Identity, place: Tier, origins: &Origins, sources: &Sources) -> Self {
        Self {
            name: identity.name.clone(),
            kind: identity.kind.clone(),
            title: identity.to_string(),
            object: Some(identity.clone()),
            namespace: identity.namespace.clone(),
            place,
            tone: tone(identity),
            made_by: makers(origins, sources),
            notes: Vec::new(),
        }
    }
}

/// The tables of a spec to which origins point.
fn makers(origins: &Origins, sources: &Sources) -> Vec<Maker> {
    let maker = |id| {
        let place = sources.key_place(id)?;
        let file = &sources.file(place.file).path;
        Some(Maker {
            table: table(sources.path(id).unwrap_or_default()).to_owned(),
            line: format!("{file}:{}", sources.line(place)),
        })
    };
    let found: BTreeSet<_> = origins.iter().filter_map(maker).collect();
    found.into_iter().collect()
}

/// The table of a component in which a path of keys lies, such as `connect.analytics`.
fn table(path: &str) -> &str {
    let mut components = components::ALL.iter();
    let is_it = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
    let rest = components.find_map(|component| {
        let rest = path.strip_prefix(component.table())?;
        is_it(rest).then_some((component.shape(), rest))
    });
    let Some((shape, rest)) = rest else {
        return path;
    };
    let end = match (shape, rest.strip_prefix('.')) {
        (Occurrence::Keyed, Some(key)) if key.starts_with('"') => {
            key[1..].find('"').map(|it| it + 2)
        }
        (Occurrence::Keyed, Some(key)) => key.find(['.', '[']),
        _ => return &path[..path.len() - rest.len()],
    };
    let key = path.len() - rest.len() + 1;
    end.map_or(path, |end| &path[..key + end])
}

/// What sets an object apart at first sight.
#[must_use]
pub fn tone(identity: &Identity) -> Tone {
    match (identity.group.as_str(), identity.kind.as_str()) {
        _ if identity.template_path().is_some() => Tone::Workload,
        ("sparkoperator.k8s.io", _) => Tone::Workload,
        ("rbac.authorization.k8s.io", _) | ("", "ServiceAccount") => Tone::Access,
        ("networking.k8s.io" | "admissionregistration.k8s.io", _) | ("", "Service") => {
            Tone::Network
        }
        (
            _,
            "ConfigMap" | "Secret" | "SealedSecret" | "ExternalSecret" | "PersistentVolumeClaim",
        ) => Tone::Content,
        _ => Tone::Base,
    }
}
