//! Links objects and prerequisites into a graph, and proves that it can be applied.
//!
//! Two objects may not share an identity (group, kind, namespace, name): a cluster holds only one of
//! them, and two engines, or one engine twice, would overwrite it for ever.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::{
    algo::tarjan_scc,
    graph::{DiGraph, NodeIndex},
    visit::EdgeRef,
};

use crate::{
    diagnostics::{At, Diagnostic, Diagnostics, codes, did_you_mean},
    document::{Node, Origins, Sourced},
    kubernetes::{Identity, Object, is_builtin, kinds, scope},
    manifests::{Layer, Manifest, Prerequisite},
    references::{Reference, is_on_every_cluster, references},
};

/// An object with its place in the platform.
#[derive(Clone, Debug)]
pub struct Member {
    /// The object.
    pub object: Object,
    /// The layer of its role.
    pub layer: Layer,
    /// The table that asked for it, which is what made its constants.
    pub origins: Origins,
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

    /// What the cluster must already hold of an identity.
    #[must_use]
    pub fn prerequisite(&self, identity: &Identity) -> Option<&Prerequisite> {
        self.prerequisites
            .binary_search_by(|it| it.object.cmp(identity))
            .ok()
            .map(|at| &self.prerequisites[at])
    }

    /// The object of an identity.
    #[must_use]
    pub fn member(&self, identity: &Identity) -> Option<&Member> {
        self.position(identity).map(|at| &self.members[at])
    }
}

/// Links what the components made. Where objects are missing, a reference that leads nowhere may lead
/// to one of them.
#[must_use]
pub fn link(
    objects: Vec<Manifest>,
    embedded: Vec<Manifest>,
    prerequisites: Vec<Prerequisite>,
    lacks_objects: bool,
) -> (Graph, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let mut graph = Graph {
        members: members(objects, &mut diagnostics),
        prerequisites: unique(prerequisites),
        embedded: members(embedded, &mut diagnostics),
        edges: Vec::new(),
    };
    let made: BTreeSet<_> = graph
        .members
        .iter()
        .map(|it| it.object.identity())
        .collect();
    graph.prerequisites.retain(|it| !made.contains(&it.object));
    let provided = provided(&graph);
    let definitions = definitions(&graph);
    // Ten objects in a namespace that one line of the spec misspells are one fault.
    let mut said = BTreeSet::new();
    for (from, member) in graph.members.iter().enumerate() {
        let mut wanted = references(&member.object);
        wanted.extend(definition_of(member, &definitions, &graph.prerequisites));
        for reference in wanted {
            match resolve(&reference, &graph, &provided) {
                // An Ingress asks cert-manager for the Secret that it serves with.
                Resolved::Member(to) if to == from => {}
                Resolved::Member(to) => graph.edges.push(Edge {
                    from,
                    to,
                    reference,
                }),
                Resolved::Outside => {}
                // A component that makes custom resources asks for their operator itself.
                Resolved::Dangling if is_definition(&reference) && member.template.is_some() => {}
                Resolved::Dangling | Resolved::NoKey(_) if lacks_objects => {}
                Resolved::Dangling
                    if !said.insert((reference.target(), reference.origins.first())) => {}
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

fn members(objects: Vec<Manifest>, diagnostics: &mut Diagnostics) -> Vec<Member> {
    let mut members: BTreeMap<Identity, Member> = BTreeMap::new();
    for manifest in objects {
        let member = Member {
            object: manifest.object,
            layer: manifest.layer,
            origins: manifest.origins,
            template: manifest.template,
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
        _ => &member.origins,
    }
}

fn unique(prerequisites: Vec<Prerequisite>) -> Vec<Prerequisite> {
    let mut by_identity: BTreeMap<_, Prerequisite> = BTreeMap::new();
    for prerequisite in prerequisites {
        match by_identity.get_mut(&prerequisite.object) {
            Some(known) => {
                known.keys.extend(prerequisite.keys);
                known.keys.sort();
                known.keys.dedup();
            }
            None => {
                by_identity.insert(prerequisite.object.clone(), prerequisite);
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
            "Certificate" if identity.group == "cert-manager.io" => {
                if let Some(name) = root.str_at(["spec", "secretName"]) {
                    let key = ("Secret".to_owned(), namespace, name.to_owned());
                    // Keystores and further formats are asked for in many ways.
                    provided.insert(key, (at, None));
                }
            }
            "Ingress" if asks_for_certificates(&member.object) => {
                for tls in root.list_at(["spec", "tls"]) {
                    let name = tls.str_at(["secretName"]).unwrap_or_default();
                    let known = keys(vec!["tls.crt", "tls.key", "ca.crt"]);
                    let key = ("Secret".to_owned(), namespace.clone(), name.to_owned());
                    provided.insert(key, (at, Some(known)));
                }
            }
            _ => {}
        }
    }
    provided
}

/// Whether cert-manager makes the Secrets that an Ingress serves with
/// (<https://cert-manager.io/docs/usage/ingress/#supported-annotations>).
fn asks_for_certificates(ingress: &Object) -> bool {
    let issuers = ["cert-manager.io/issuer", "cert-manager.io/cluster-issuer"];
    issuers.iter().any(|it| ingress.annotation(it).is_some())
        || ingress.annotation("kubernetes.io/tls-acme") == Some("true")
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
    let identity = reference.target();
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
    match (graph.prerequisite(&identity), &reference.key) {
        (Some(known), Some(key)) if !known.keys.is_empty() && !known.keys.contains(key) => {
            Resolved::NoKey(None)
        }
        (Some(_), _) => Resolved::Outside,
        (None, _) if is_on_every_cluster(reference) => Resolved::Outside,
        (None, _) => Resolved::Dangling,
    }
}

fn has_key(node: &Node, key: &str) -> bool {
    ["data", "binaryData", "stringData"]
        .iter()
        .any(|field| node.at([*field, key]).is_some())
}

/// The names of the members that define kinds, by group and kind.
fn definitions(graph: &Graph) -> BTreeMap<(String, String), String> {
    let members = graph.members.iter().map(|it| &it.object);
    let definitions = members.filter(|it| it.identity().kind == "CustomResourceDefinition");
    definitions
        .filter_map(|it| {
            let spec = it.node().get("spec")?;
            let group = spec.str_at(["group"])?.to_owned();
            let kind = spec.str_at(["names", "kind"])?.to_owned();
            Some(((group, kind), it.identity().name.clone()))
        })
        .collect()
}

/// How a custom resource refers to the definition of its kind.
const DEFINED_BY: &str = "is defined by";

/// The definition of a custom resource's kind.
fn definition_of(
    member: &Member,
    definitions: &BTreeMap<(String, String), String>,
    prerequisites: &[Prerequisite],
) -> Option<Reference> {
    let identity = member.object.identity();
    if is_builtin(&identity.group, &identity.kind) {
        return None;
    }
    let definition = definitions.get(&(identity.group.clone(), identity.kind.clone()));
    let name = match definition {
        Some(name) => name.clone(),
        None => prerequisites
            .iter()
            .map(|it| &it.object)
            .filter(|it| it.kind == "CustomResourceDefinition")
            .find(|it| identity.may_be_defined_by(&it.name))
            .map_or_else(|| identity.resource(), |it| it.name.clone()),
    };
    let kind = member.object.node().get("kind");
    let written = kind.filter(|it| !it.origins.is_empty());
    Some(Reference {
        group: "apiextensions.k8s.io".to_owned(),
        kind: "CustomResourceDefinition".to_owned(),
        namespace: None,
        name,
        key: None,
        verb: DEFINED_BY,
        ordered: true,
        origins: written.map_or_else(|| member.origins.clone(), |it| it.origins.clone()),
    })
}

fn is_definition(reference: &Reference) -> bool {
    reference.kind == "CustomResourceDefinition" && reference.verb == DEFINED_BY
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
    let is_definition = is_definition(reference);
    let title = if is_definition {
        format!("{from} is of a kind that nothing defines")
    } else {
        format!("{from} {verb} the {kind} `{name}`, and nothing makes it{place}")
    };
    let mut diagnostic = Diagnostic::error(codes::DANGLING, title);
    diagnostic = if reference.origins.is_empty() {
        diagnostic.at_key(&member.origins, "asked for here")
    } else if is_definition && from.group.contains('.') {
        diagnostic.at_value(&reference.origins, format!("`{name}` is missing"))
    } else if is_definition {
        diagnostic.at_value(&reference.origins, "")
    } else {
        diagnostic.at_value(&reference.origins, "refers to it")
    };
    if let Some(symptom) = symptom(reference) {
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
    let is_known = scope(&from.group, &from.kind).is_some();
    if is_definition
        && !is_known
        && let Some(meant) = did_you_mean(&from.kind, kinds())
    {
        return diagnostic.hint(if meant == from.kind {
            "the kind is known in another group: look at `apiVersion`".to_owned()
        } else {
            format!("did you mean `{meant}`?")
        });
    }
    let members = graph.members.iter().map(|it| it.object.identity());
    let same_kind = members.chain(graph.prerequisites.iter().map(|it| &it.object));
    let names: Vec<&str> = same_kind
        .filter(|it| it.kind == *kind && it.namespace == reference.namespace)
        .map(|it| it.name.as_str())
        .collect();
    match did_you_mean(name, names) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None if kind == "Namespace" => diagnostic.hint(format!(
            "add `[namespaces.{name}]`, with `create = false` when it exists already"
        )),
        None if kind == "Secret" => diagnostic.hint(format!(
            "declare it: `[secrets.{name}]` with its `source`, `namespaces` and `keys`"
        )),
        None => diagnostic.hint(format!(
            "when the cluster holds it, declare it: `[prerequisites.NAME]` with `objects = [\"{}\"]`",
            reference.target()
        )),
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
    let is_same = |it: &Identity| it.kind == reference.kind && it.name == reference.name;
    let existing = existing.find(|it| is_same(&it.object));
    let mut provided = provided.iter();
    let provided =
        provided.find(|((kind, _, name), _)| *kind == reference.kind && *name == reference.name);
    made.and_then(in_namespace)
        .or_else(|| {
            existing.and_then(|it| Some((it.object.namespace.clone()?, it.origins.clone())))
        })
        .or_else(|| provided.and_then(|(_, (at, _))| in_namespace(*at)))
}

/// What the cluster would have shown.
fn symptom(reference: &Reference) -> Option<&'static str> {
    Some(match reference.kind.as_str() {
        "Secret" if reference.verb == "serves with" => {
            "its controller would serve a certificate of its own, which no client trusts"
        }
        "Secret" | "ConfigMap" => {
            "its pods would stay in `CreateContainerConfigError` or `ContainerCreating`"
        }
        "ServiceAccount" => "its pods would be refused: `error looking up service account`",
        "Namespace" => "the API server would answer `namespaces … not found`",
        "CustomResourceDefinition" => "the engine would stop with `no matches for kind`",
        "PersistentVolumeClaim" | "StorageClass" => "its pods would stay `Pending`",
        "PriorityClass" => "its pods would be refused: `no PriorityClass with name … was found`",
        "RuntimeClass" => "its pods would be refused: `RuntimeClass … not found`",
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
        diagnostic = diagnostic.at_key(&member.origins, "asked for here");
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
            .filter(|it| it.object == reference.target())
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
            .at_key(&from.origins, format!("in layer {}", from.layer.folder()))
            .at_key(&to.origins, format!("in layer {}", to.layer.folder()))
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
                    diagnostic.at_key(&graph.members[edge.from].origins, text)
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
