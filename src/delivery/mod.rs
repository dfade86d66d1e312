//! The engines' own objects: what makes Argo CD or Flux follow a compiled tree.
//!
//! Both read the same tree: a layer is one sync wave for Argo CD and one Kustomization for Flux. To
//! add an engine, add a file, and its line in [`objects`].

mod argo_cd;
mod flux;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    components::{
        Offers,
        offers::{Delivery, Engine},
    },
    document::Node,
    graph::Graph,
    kubernetes::{Identity, NamespaceName},
    manifests::Layer,
};

/// The longest name of an environment. Flux writes the name of a Kustomization, such as
/// `kiln-ENV-4-workloads`, as a label on everything that it applies
/// (`kustomize.toolkit.fluxcd.io/name`), and a label's value has at most 63 characters.
const LONGEST_ENVIRONMENT: usize = 46;

/// The folder of `out` that holds the engines' own objects, which no environment can have.
pub const RESERVED: &str = "delivery";

/// Whether an environment can be called that: its name goes into the names of the engines' objects.
///
/// # Errors
/// What is wrong with the name, in one line.
pub fn validate_environment(name: &str) -> Result<(), String> {
    if name == RESERVED {
        return Err(format!(
            "an environment cannot be called `{RESERVED}`: `out/{RESERVED}` holds the engine's \
             objects of all environments"
        ));
    }
    let refuse = |why: String| format!("`{name}` cannot be the name of an environment: {why}");
    name.parse::<NamespaceName>()
        .map_err(|error| refuse(error.to_string()))?;
    if name.len() > LONGEST_ENVIRONMENT {
        return Err(refuse(format!(
            "it has {} characters, and with more than {LONGEST_ENVIRONMENT} the engine's objects \
             have names that are too long for labels",
            name.len()
        )));
    }
    Ok(())
}

/// What an engine has to know of a platform.
pub struct Platform<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// What the spec says of delivery.
    pub delivery: &'a Delivery,
    /// The layers that hold anything.
    pub layers: BTreeSet<Layer>,
    /// What it may touch.
    pub reach: Reach<'a>,
}

/// What Argo CD's project allows.
pub struct Reach<'a> {
    /// The namespaces.
    namespaces: BTreeSet<&'a str>,
    /// The kinds of cluster-wide objects, as group and kind.
    cluster_kinds: BTreeSet<(String, String)>,
}

impl<'a> Reach<'a> {
    /// All that the engine needs for a platform.
    #[must_use]
    pub fn of(offers: &'a Offers, graph: &'a Graph) -> Self {
        Self {
            namespaces: namespaces(offers, graph),
            cluster_kinds: cluster_kinds(graph),
        }
    }

    /// Whether an object is within it.
    #[must_use]
    pub fn has(&self, identity: &Identity) -> bool {
        let of_cluster = || {
            let kind = (identity.group.clone(), identity.kind.clone());
            self.cluster_kinds.contains(&kind)
        };
        let in_namespace = |it: &String| self.namespaces.contains(it.as_str());
        identity
            .namespace
            .as_ref()
            .map_or_else(of_cluster, in_namespace)
    }
}

/// An engine's objects, by their file names.
pub type Objects = BTreeMap<String, Node>;

/// The engine's objects for one environment.
#[must_use]
pub fn objects(environment: &str, delivery: &Delivery, offers: &Offers, graph: &Graph) -> Objects {
    let platform = Platform {
        environment,
        delivery,
        layers: graph.members.iter().map(|member| member.layer).collect(),
        reach: Reach::of(offers, graph),
    };
    match &delivery.engine {
        Engine::ArgoCd { namespace, server } => argo_cd::objects(&platform, namespace, server),
        Engine::Flux {
            namespace,
            interval,
            secret,
        } => flux::objects(&platform, namespace, interval, secret.as_ref()),
    }
}

/// The files that the user applies once; from then on the engine follows the repository.
#[must_use]
pub fn bootstrap(delivery: &Delivery) -> &'static [&'static str] {
    match delivery.engine {
        Engine::ArgoCd { .. } => &["root.yaml"],
        Engine::Flux { .. } => &["source.yaml", "root.yaml"],
    }
}

/// The namespaces of all objects, and those of the spec in which nothing lies any more: what lay there is still
/// to be pruned. An engine wants one also where all is cluster-wide.
fn namespaces<'a>(offers: &'a Offers, graph: &'a Graph) -> BTreeSet<&'a str> {
    let members = graph.members.iter();
    let namespaces = members.filter_map(|it| it.object.identity().namespace.as_deref());
    let stated = offers.namespaces.keys().map(String::as_str);
    let mut namespaces: BTreeSet<_> = namespaces.chain(stated).collect();
    if namespaces.is_empty() {
        namespaces.insert("default");
    }
    namespaces
}

/// All cluster-wide kinds that kiln can emit, so that adding a component never waits for a change of
/// the project, and those of the extra manifests.
fn cluster_kinds(graph: &Graph) -> BTreeSet<(String, String)> {
    const OWN: [(&str, &str); 6] = [
        ("", "Namespace"),
        (
            "admissionregistration.k8s.io",
            "MutatingWebhookConfiguration",
        ),
        (
            "admissionregistration.k8s.io",
            "ValidatingWebhookConfiguration",
        ),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ];
    let own = OWN.map(|(group, kind)| (group.to_owned(), kind.to_owned()));
    let members = graph.members.iter().map(|member| member.object.identity());
    let extras = members
        .filter(|identity| identity.namespace.is_none())
        .map(|identity| (identity.group.clone(), identity.kind.clone()));
    own.into_iter().chain(extras).collect()
}

/// The path of a folder of the project, from the repository's root.
fn path(delivery: &Delivery, folder: &str) -> Node {
    let project = delivery.folder.as_str();
    let path = if project.is_empty() {
        folder.to_owned()
    } else {
        format!("{project}/{folder}")
    };
    Node::new(path, delivery.folder.origins.clone())
}
