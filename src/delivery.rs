//! What the engine that a spec chooses has to know of a compiled platform, and what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    components::{Offers, offers::Delivery},
    document::Origins,
    engines::{self, Objects, Reach, Tree},
    graph::Graph,
    kubernetes::NamespaceName,
};

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
    // The engine may be another one tomorrow.
    let longest = engines::ALL.iter().filter_map(|it| it.longest_environment);
    match longest.min().filter(|it| name.len() > *it) {
        Some(longest) => Err(refuse(format!(
            "it has {} characters, and with more than {longest} the engine's objects have names \
             that are too long for labels",
            name.len()
        ))),
        None => Ok(()),
    }
}

/// What an engine has to touch of a platform.
#[must_use]
pub fn reach<'a>(offers: &'a Offers, graph: &'a Graph) -> Reach<'a> {
    Reach {
        namespaces: namespaces(offers, graph),
        cluster_kinds: cluster_kinds(graph),
    }
}

/// The engine's objects for one environment.
#[must_use]
pub fn objects(environment: &str, delivery: &Delivery, offers: &Offers, graph: &Graph) -> Objects {
    delivery.engine.objects(&Tree {
        environment,
        repository: &delivery.repository,
        revision: &delivery.revision,
        folder: &delivery.folder,
        layers: graph.members.iter().map(|member| member.layer).collect(),
        reach: reach(offers, graph),
    })
}

/// The namespaces of all objects, and those of the spec in which nothing lies any more: what lay there is still
/// to be pruned. An engine wants one also where all is cluster-wide.
///
/// One of the spec is there for its table. Another is there for what all objects in it have in common: without that
/// it would be no more.
fn namespaces<'a>(offers: &'a Offers, graph: &'a Graph) -> BTreeMap<&'a str, Origins> {
    let stated = offers.namespaces.iter();
    let mut namespaces: BTreeMap<_, _> = stated
        .map(|(name, it)| (name.as_str(), it.name.origins.clone()))
        .collect();
    let mut others: BTreeMap<_, Origins> = BTreeMap::new();
    for member in &graph.members {
        let Some(name) = member.object.identity().namespace.as_deref() else {
            continue;
        };
        if namespaces.contains_key(name) {
            continue;
        }
        let written = member.object.node().at(["metadata", "namespace"]);
        let origins = written.map_or_else(Origins::none, |it| it.origins.clone());
        let origins = origins.chosen_by(&member.origins);
        others
            .entry(name)
            .and_modify(|common| *common = common.common(&origins))
            .or_insert(origins);
    }
    namespaces.extend(others);
    if namespaces.is_empty() {
        namespaces.insert("default", Origins::none());
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
