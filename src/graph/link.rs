//! Links objects and prerequisites into a graph, and proves that it can be applied.
//!
//! Two objects may not share an identity (group, kind, namespace, name): a cluster holds only one of
//! them, and two engines, or one engine twice, would overwrite it for ever.

use std::collections::BTreeMap;

use petgraph::{
    algo::tarjan_scc,
    graph::{DiGraph, NodeIndex},
    visit::EdgeRef,
};

use super::{
    Layer,
    reference::{Reference, is_builtin, is_native, references},
};
use crate::{
    components::{Made, Prerequisite},
    diagnostics::{At, Diagnostic, Diagnostics, codes, did_you_mean},
    document::{Node, Origins, Sourced},
    kubernetes::{Identity, Object},
};

/// An object with its place in the platform.
#[derive(Clone, Debug)]
pub struct Member {
    /// The object.
    pub object: Object,
    /// The layer of its role.
    pub layer: Layer,
    /// The table that asked for it, which is what made its constants.
    pub because: Origins,
    /// The template it was rendered from; none for raw manifests.
    pub template: Option<&'static str>,
}

/// The platform: objects in the order of their identities, and what refers to what.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The objects.
    pub members: Vec<Member>,
    /// What the cluster must already hold, in order and without repetition.
    pub prerequisites: Vec<Prerequisite>,
    /// Objects inside texts of members, which other tools will apply.
    pub embedded: Vec<Member>,
    /// The references between members, by their positions.
    pub edges: Vec<Edge>,
}

/// A reference between two members.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The position of the one that refers.
    pub from: usize,
    /// The position of the one that is referred to.
    pub to: usize,
    /// The reference.
    pub reference: Reference,
}

impl Graph {
    /// The position of an object.
    #[must_use]
    pub fn position(&self, identity: &Identity) -> Option<usize> {
        self.members
            .binary_search_by(|member| member.object.identity().cmp(identity))
            .ok()
    }

    /// The object of an identity.
    #[must_use]
    pub fn member(&self, identity: &Identity) -> Option<&Member> {
        self.position(identity).map(|at| &self.members[at])
    }
}

/// Links what the components made.
#[must_use]
pub fn link(
    objects: Vec<Made>,
    embedded: Vec<Made>,
    prerequisites: Vec<Prerequisite>,
) -> (Graph, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let mut graph = Graph {
        members: members(objects, &mut diagnostics),
        prerequisites: unique(prerequisites),
        embedded: members(embedded, &mut diagnostics),
        edges: Vec::new(),
    };
    let provided = provided(&graph);
    for (from, member) in graph.members.iter().enumerate() {
        let mut wanted = references(&member.object);
        wanted.extend(definition_of(member, &graph));
        for reference in wanted {
            match resolve(&reference, &graph, &provided) {
                Resolved::Member(to) => graph.edges.push(Edge {
                    from,
                    to,
                    reference,
                }),
                Resolved::Outside => {}
                Resolved::Dangling => {
                    diagnostics.push(dangling(member, &reference, &graph, &provided));
                }
                Resolved::NoKey(to) => {
                    diagnostics.push(no_key(member, &reference, to, &graph));
                }
            }
        }
    }
    diagnostics.extend(forward(&graph));
    diagnostics.extend(cycles(&graph));
    (graph, diagnostics)
}

fn members(objects: Vec<Made>, diagnostics: &mut Diagnostics) -> Vec<Member> {
    let mut members: BTreeMap<Identity, Member> = BTreeMap::new();
    for made in objects {
        let object = match Object::new(made.node) {
            Ok(object) => object,
            Err(errors) => {
                diagnostics.append(errors);
                continue;
            }
        };
        let member = Member {
            object,
            layer: made.layer,
            because: made.because,
            template: made.template,
        };
        let identity = member.object.identity().clone();
        if let Some(first) = members.get(&identity) {
            diagnostics.push(
                Diagnostic::error(
                    codes::DUPLICATE_OBJECT,
                    format!("two parts of the spec make {identity}"),
                )
                .at_value(maker(&member), "one of them")
                .at_value(maker(first), "the other"),
            );
            continue;
        }
        members.insert(identity, member);
    }
    members.into_values().collect()
}

/// What to blame for an object: the table that asked for it, or the manifest that holds it.
fn maker(member: &Member) -> &Origins {
    let name = member.object.node().at(["metadata", "name"]);
    match name {
        Some(name) if member.template.is_none() && !name.origins.is_empty() => &name.origins,
        _ => &member.because,
    }
}

fn unique(prerequisites: Vec<Prerequisite>) -> Vec<Prerequisite> {
    let mut by_identity: BTreeMap<_, Prerequisite> = BTreeMap::new();
    for prerequisite in prerequisites {
        let key = (
            prerequisite.kind,
            prerequisite.namespace.clone(),
            prerequisite.name.clone(),
        );
        match by_identity.get_mut(&key) {
            Some(known) => {
                known.keys.extend(prerequisite.keys);
                known.keys.sort();
                known.keys.dedup();
            }
            None => {
                by_identity.insert(key, prerequisite);
            }
        }
    }
    by_identity.into_values().collect()
}

/// Objects that members make on the cluster, with the member's position and the keys, when known.
type Provided = BTreeMap<(String, String, String), (usize, Option<Vec<String>>)>;

fn provided(graph: &Graph) -> Provided {
    let mut provided = Provided::new();
    for (at, member) in graph.members.iter().enumerate() {
        let identity = member.object.identity();
        let namespace = identity.namespace.clone().unwrap_or_default();
        let root = member.object.node();
        let keys = |nodes: Vec<&str>| nodes.into_iter().map(str::to_owned).collect::<Vec<_>>();
        match identity.kind.as_str() {
            "ExternalSecret" => {
                let name = root
                    .str_at(["spec", "target", "name"])
                    .unwrap_or(&identity.name);
                let data = root.list_at(["spec", "data"]).iter();
                let known = keys(data.filter_map(|it| it.str_at(["secretKey"])).collect());
                let key = ("Secret".to_owned(), namespace, name.to_owned());
                provided.insert(key, (at, Some(known)));
            }
            "SealedSecret" => {
                let encrypted = root.at(["spec", "encryptedData"]);
                let known = encrypted.map(|it| it.entries().map(|(key, _)| key.clone()).collect());
                let key = ("Secret".to_owned(), namespace, identity.name.clone());
                provided.insert(key, (at, known));
            }
            _ => {}
        }
    }
    provided
}

enum Resolved {
    /// To a member.
    Member(usize),
    /// To something that the cluster holds already.
    Outside,
    /// To nothing.
    Dangling,
    /// To a member or a prerequisite that lacks the key.
    NoKey(Option<usize>),
}

fn resolve(reference: &Reference, graph: &Graph, provided: &Provided) -> Resolved {
    let identity = Identity {
        group: reference.group.clone(),
        kind: reference.kind.clone(),
        namespace: reference.namespace.clone(),
        name: reference.name.clone(),
    };
    if let Some(at) = graph.position(&identity) {
        return match &reference.key {
            Some(key) if !has_key(graph.members[at].object.node(), key) => {
                Resolved::NoKey(Some(at))
            }
            _ => Resolved::Member(at),
        };
    }
    let key = (
        reference.kind.clone(),
        reference.namespace.clone().unwrap_or_default(),
        reference.name.clone(),
    );
    if let Some((at, keys)) = provided.get(&key) {
        let lacks = |key: &Sourced<String>| keys.as_ref().is_some_and(|keys| !keys.contains(key));
        return if reference.key.as_ref().is_some_and(lacks) {
            Resolved::NoKey(Some(*at))
        } else {
            Resolved::Member(*at)
        };
    }
    let known = graph.prerequisites.iter().find(|it| {
        it.kind == reference.kind
            && it.namespace == reference.namespace
            && it.name == reference.name
    });
    match (known, &reference.key) {
        (Some(known), Some(key)) if known.kind == "Secret" && !known.keys.contains(key) => {
            Resolved::NoKey(None)
        }
        (Some(_), _) => Resolved::Outside,
        (None, _) if is_builtin(reference) => Resolved::Outside,
        (None, _) => Resolved::Dangling,
    }
}

fn has_key(node: &Node, key: &str) -> bool {
    ["data", "binaryData", "stringData"]
        .iter()
        .any(|field| node.at([*field, key]).is_some())
}

/// The definition of a custom resource's kind.
fn definition_of(member: &Member, graph: &Graph) -> Option<Reference> {
    let identity = member.object.identity();
    if is_native(&identity.group, &identity.kind) {
        return None;
    }
    let definition = graph.members.iter().find(|it| {
        let spec = it.object.node().get("spec");
        it.object.identity().kind == "CustomResourceDefinition"
            && spec.and_then(|spec| spec.str_at(["group"])) == Some(&identity.group)
            && spec.and_then(|spec| spec.str_at(["names", "kind"])) == Some(&identity.kind)
    });
    let suffix = format!(".{}", identity.group);
    let name = match definition {
        Some(definition) => definition.object.identity().name.clone(),
        // A prerequisite names its definition in the plural, which only starts like the kind.
        None => graph
            .prerequisites
            .iter()
            .filter(|it| it.kind == "CustomResourceDefinition")
            .find(|it| {
                it.name.strip_suffix(&suffix).is_some_and(|plural| {
                    let kind = identity.kind.to_ascii_lowercase();
                    let stem = kind.strip_suffix(|_: char| true).unwrap_or_default();
                    plural.starts_with(stem)
                })
            })
            .map_or_else(
                || format!("{}s{suffix}", identity.kind.to_ascii_lowercase()),
                |it| it.name.clone(),
            ),
    };
    Some(Reference {
        group: "apiextensions.k8s.io".to_owned(),
        kind: "CustomResourceDefinition".to_owned(),
        namespace: None,
        name,
        key: None,
        verb: "is defined by",
        ordered: true,
        origins: member.because.clone(),
    })
}

fn dangling(
    member: &Member,
    reference: &Reference,
    graph: &Graph,
    provided: &Provided,
) -> Diagnostic {
    let from = member.object.identity();
    let Reference {
        kind, name, verb, ..
    } = reference;
    let place = reference
        .namespace
        .as_ref()
        .map_or_else(String::new, |namespace| format!(" in `{namespace}`"));
    let mut diagnostic = Diagnostic::error(
        codes::DANGLING,
        format!("{from} {verb} the {kind} `{name}`, and nothing makes it{place}"),
    );
    diagnostic = if reference.origins.is_empty() {
        diagnostic.at_key(&member.because, "asked for here")
    } else {
        diagnostic.at_value(&reference.origins, "refers to it")
    };
    if let Some(symptom) = symptom(kind) {
        diagnostic = diagnostic.note(symptom);
    }
    if let Some((namespace, place)) = elsewhere(reference, graph, provided) {
        if let Some(own) = member.object.node().at(["metadata", "namespace"]) {
            diagnostic = diagnostic.at_node(own, "from this namespace");
        }
        return diagnostic
            .at_value(&place, format!("there is one in `{namespace}`"))
            .hint("pods read only from their own namespace");
    }
    let same_kind = graph.members.iter().map(|it| it.object.identity());
    let names: Vec<&str> = same_kind
        .filter(|it| it.kind == *kind && it.namespace == reference.namespace)
        .map(|it| it.name.as_str())
        .collect();
    match did_you_mean(name, names) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None if kind == "Secret" => diagnostic.hint(format!(
            "declare it: `[secrets.{name}]` with its `source`, `namespaces` and `keys`"
        )),
        None => diagnostic,
    }
}

/// A namespace in which there is what another lacks, and what says so.
fn elsewhere(
    reference: &Reference,
    graph: &Graph,
    provided: &Provided,
) -> Option<(String, Origins)> {
    let in_namespace = |at: usize| {
        let node = graph.members[at]
            .object
            .node()
            .at(["metadata", "namespace"])?;
        Some((node.as_str()?.to_owned(), node.origins.clone()))
    };
    let mut members = graph.members.iter();
    let made = members.position(|it| {
        let identity = it.object.identity();
        identity.kind == reference.kind && identity.name == reference.name
    });
    let mut existing = graph.prerequisites.iter();
    let existing = existing.find(|it| it.kind == reference.kind && it.name == reference.name);
    let mut provided = provided.iter();
    let provided =
        provided.find(|((kind, _, name), _)| *kind == reference.kind && *name == reference.name);
    made.and_then(in_namespace)
        .or_else(|| existing.and_then(|it| Some((it.namespace.clone()?, it.because.clone()))))
        .or_else(|| provided.and_then(|(_, (at, _))| in_namespace(*at)))
}

/// What the cluster would have shown.
fn symptom(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Secret" | "ConfigMap" => {
            "its pods would stay in `CreateContainerConfigError` or `ContainerCreating`"
        }
        "ServiceAccount" => "its pods would be refused: `error looking up service account`",
        "Namespace" => "the API server would answer `namespaces … not found`",
        "CustomResourceDefinition" => "the engine would stop with `no matches for kind`",
        "PersistentVolumeClaim" | "StorageClass" => "its pods would stay `Pending`",
        _ => return None,
    })
}

fn no_key(member: &Member, reference: &Reference, to: Option<usize>, graph: &Graph) -> Diagnostic {
    let (key, of_key) = match &reference.key {
        Some(key) => (key.as_str(), key.origins.clone()),
        None => ("", Origins::none()),
    };
    let mut diagnostic = Diagnostic::error(
        codes::DANGLING,
        format!(
            "{} {} the key `{key}` of the {} `{}`, which has no such key",
            member.object.identity(),
            reference.verb,
            reference.kind,
            reference.name
        ),
    )
    .note("its pods would stay in `CreateContainerConfigError`");
    diagnostic = diagnostic.at_value(&of_key, "this key");
    for origin in reference.origins.iter() {
        if !of_key.iter().any(|it| it == origin) {
            let text = format!("of this {}", reference.kind);
            diagnostic = diagnostic.at(At::Value(origin), text);
        }
    }
    if diagnostic.labels.is_empty() {
        diagnostic = diagnostic.at_key(&member.because, "asked for here");
    }
    let declared: Vec<&str> = match to {
        Some(at) => {
            let node = graph.members[at].object.node();
            let maps = ["data", "stringData"]
                .into_iter()
                .filter_map(|it| node.get(it));
            maps.flat_map(|map| map.entries().map(|(key, _)| key.as_str()))
                .collect()
        }
        None => graph
            .prerequisites
            .iter()
            .filter(|it| it.name == reference.name && it.namespace == reference.namespace)
            .flat_map(|it| it.keys.iter().map(String::as_str))
            .collect(),
    };
    match did_you_mean(key, declared.iter().copied()) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None if declared.is_empty() => diagnostic,
        None => diagnostic.hint(format!(
            "it has {}",
            crate::diagnostics::name_list(declared)
        )),
    }
}

/// References to something that is applied later.
fn forward(graph: &Graph) -> Vec<Diagnostic> {
    let points_forward = |edge: &&Edge| {
        edge.reference.ordered && graph.members[edge.from].layer < graph.members[edge.to].layer
    };
    graph
        .edges
        .iter()
        .filter(points_forward)
        .map(|edge| {
            let (from, to) = (&graph.members[edge.from], &graph.members[edge.to]);
            Diagnostic::error(
                codes::LAYER,
                format!(
                    "{} {} {}, which is applied later",
                    from.object.identity(),
                    edge.reference.verb,
                    to.object.identity()
                ),
            )
            .at_value(&edge.reference.origins, "")
            .at_key(&from.because, format!("in layer {}", from.layer.folder()))
            .at_key(&to.because, format!("in layer {}", to.layer.folder()))
        })
        .collect()
}

/// Objects that need each other in a circle: the whole loop, each step with its line.
fn cycles(graph: &Graph) -> Vec<Diagnostic> {
    let mut digraph = DiGraph::<usize, usize>::new();
    let nodes: Vec<NodeIndex> = (0..graph.members.len())
        .map(|at| digraph.add_node(at))
        .collect();
    for (at, edge) in graph.edges.iter().enumerate() {
        if edge.reference.ordered {
            digraph.add_edge(nodes[edge.from], nodes[edge.to], at);
        }
    }
    tarjan_scc(&digraph)
        .into_iter()
        .filter(|component| {
            component.len() > 1 || digraph.find_edge(component[0], component[0]).is_some()
        })
        .map(|component| {
            let steps = walk(&digraph, &component);
            let mut diagnostic =
                Diagnostic::error(codes::CYCLE, "objects need each other in a circle");
            for step in steps {
                let edge = &graph.edges[step];
                let text = format!(
                    "{} {} {}",
                    graph.members[edge.from].object.identity(),
                    edge.reference.verb,
                    graph.members[edge.to].object.identity()
                );
                diagnostic = if edge.reference.origins.is_empty() {
                    diagnostic.at_key(&graph.members[edge.from].because, text)
                } else {
                    diagnostic.at_value(&edge.reference.origins, text)
                };
            }
            diagnostic
        })
        .collect()
}

/// The edges of one loop through a strongly connected component.
fn walk(digraph: &DiGraph<usize, usize>, component: &[NodeIndex]) -> Vec<usize> {
    let start = *component.iter().min().expect("a component has nodes");
    let mut steps = Vec::new();
    let mut seen = vec![start];
    let mut at = start;
    loop {
        let next = digraph
            .edges(at)
            .filter(|edge| component.contains(&edge.target()))
            .min_by_key(EdgeRef::target)
            .expect("every node of a component has an edge inside it");
        steps.push((at, *next.weight()));
        at = next.target();
        if let Some(first) = seen.iter().position(|node| *node == at) {
            return steps[first..].iter().map(|(_, edge)| *edge).collect();
        }
        seen.push(at);
    }
}
