//! What every object carries for the engines that apply it, and what makes its pods roll.
//!
//! All of it is the same for both engines, so one tree serves both.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::Graph;
use crate::{
    components::Offers,
    document::{Node, Origins, Value},
    kubernetes::{Identity, Object},
    output::Digest,
};

/// The annotations by which an engine leaves an object alone that its source no longer holds.
pub mod sync_options {
    /// Argo CD's options: <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/>.
    pub const ARGO_CD: &str = "argocd.argoproj.io/sync-options";
    /// Flux' switch: <https://fluxcd.io/flux/components/kustomize/kustomizations/#prune>.
    pub const FLUX: &str = "kustomize.toolkit.fluxcd.io/prune";
}

/// Adds the engines' annotations and the checksums. What `destroy` names loses its protection.
pub fn decorate(graph: &mut Graph, offers: &Offers, destroy: &BTreeSet<String>) {
    let revisions = revisions(offers);
    let checksums = checksums(graph);
    for (at, member) in graph.members.iter_mut().enumerate() {
        let object = &mut member.object;
        object.annotate(
            "argocd.argoproj.io/sync-wave",
            member.layer.wave().to_string(),
        );
        if holds_data(object) && !destroy.contains(&object.identity().to_string()) {
            // A namespace takes everything in it along, a definition all its resources, a volume
            // its data: no engine may prune them because a line left a spec.
            object.annotate(sync_options::ARGO_CD, "Prune=false,Delete=false");
            object.annotate(sync_options::FLUX, "disabled");
        }
        if contains_variable(object.node()) {
            // Spark expands `${env:X}` itself. Flux would try first, and since 2.9 fail
            // (kustomize-controller, `postBuild`).
            object.annotate("kustomize.toolkit.fluxcd.io/substitute", "disabled");
        }
        // A Job cannot be changed once it exists; its name follows its content instead.
        if object.identity().kind == "Job" {
            continue;
        }
        if let Some(checksum) = checksums.get(&at) {
            object.annotate_pods("kiln/config-checksum", checksum.clone());
        }
        if let Some(revision) = revision(object, &revisions) {
            object.annotate_pods("kiln/secret-revisions", revision);
        }
    }
}

/// The revisions that the spec states for Secrets, whose content kiln cannot see.
type Revisions = BTreeMap<(String, String), Node>;

fn revisions(offers: &Offers) -> Revisions {
    let mut revisions = Revisions::new();
    for secret in offers.secrets.values() {
        if let Some(revision) = &secret.revision {
            for namespace in &secret.namespaces {
                let key = (namespace.value.clone(), secret.name.value.clone());
                revisions.insert(key, revision.into());
            }
        }
    }
    revisions
}

/// Whether pruning the object would lose data, or everything that lives in it.
#[must_use]
pub fn holds_data(object: &Object) -> bool {
    match object.identity().kind.as_str() {
        "Namespace" | "CustomResourceDefinition" | "PersistentVolumeClaim" | "PersistentVolume" => {
            true
        }
        "StatefulSet" => !object
            .node()
            .list_at(["spec", "volumeClaimTemplates"])
            .is_empty(),
        _ => false,
    }
}

fn contains_variable(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains("${"),
        Value::List(items) => items.iter().any(contains_variable),
        Value::Map(map) => map
            .iter()
            .any(|(key, node)| key.contains("${") || contains_variable(node)),
        _ => false,
    }
}

/// For each workload, a digest of exactly the ConfigMap data that its pods read.
fn checksums(graph: &Graph) -> BTreeMap<usize, Node> {
    let mut read: BTreeMap<usize, BTreeMap<(String, String), &Node>> = BTreeMap::new();
    for edge in &graph.edges {
        let target = &graph.members[edge.to].object;
        if target.identity().kind != "ConfigMap"
            || graph.members[edge.from].object.pod_template().is_none()
        {
            continue;
        }
        for field in ["data", "binaryData"] {
            let entries = target.node().get(field).into_iter().flat_map(Node::entries);
            for (key, value) in entries {
                if edge
                    .reference
                    .key
                    .as_ref()
                    .is_none_or(|only| **only == *key)
                {
                    let name = target.identity().name.clone();
                    read.entry(edge.from)
                        .or_default()
                        .insert((name, key.clone()), value);
                }
            }
        }
    }
    read.into_iter()
        .map(|(at, data)| {
            let mut origins = Origins::none();
            let mut text = String::new();
            for ((name, key), value) in data {
                origins.extend(&value.origins);
                // Lengths keep two different sets of data from reading alike.
                let value = value.as_str().unwrap_or_default();
                let _ = write!(text, "{name}/{key} {}\n{value}\n", value.len());
            }
            (
                at,
                Node::new(Digest::of(text.as_bytes()).to_string(), origins),
            )
        })
        .collect()
}

/// The revisions of the Secrets that an object's pods read.
fn revision(object: &Object, revisions: &Revisions) -> Option<Node> {
    if revisions.is_empty() {
        return None;
    }
    object.pod_template()?;
    let Identity { namespace, .. } = object.identity();
    let namespace = namespace.clone()?;
    let mut found: BTreeMap<String, &Node> = BTreeMap::new();
    for reference in super::reference::references(object) {
        if reference.kind == "Secret"
            && let Some(revision) = revisions.get(&(namespace.clone(), reference.name.clone()))
        {
            found.insert(reference.name, revision);
        }
    }
    if found.is_empty() {
        return None;
    }
    let mut origins = Origins::none();
    let text: Vec<String> = found
        .into_iter()
        .map(|(name, revision)| {
            origins.extend(&revision.origins);
            format!("{name}={}", revision.as_str().unwrap_or_default())
        })
        .collect();
    Some(Node::new(text.join(","), origins))
}
