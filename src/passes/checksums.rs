//! Digests of what pods read, so that a change of it makes new pods.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
};

use super::Facts;
use crate::{
    components::Offers,
    digest::Digest,
    document::{Node, Origins},
    kubernetes::{Identity, Object},
    manifests::Manifests,
    references::{Reference, references},
    spec::collect_origins,
};

/// Whether an annotation of pods holds a digest of what they read, or of what they go with.
#[must_use]
pub fn is_checksum(annotation: &str) -> bool {
    annotation.starts_with("kiln/") && annotation.ends_with("-checksum")
}

/// Annotates pods with digests of the `ConfigMap`s, and the revisions of the Secrets, that they read.
pub fn run(manifests: &mut Manifests, facts: &Facts<'_>) {
    let revisions = revisions(facts.offers);
    let objects = manifests.objects.iter().map(|it| &it.object);
    let objects: Objects<'_> = objects.map(|it| (it.identity(), it)).collect();
    let found = manifests.objects.iter().map(|it| {
        let mut found = Vec::new();
        // A Job cannot be changed once it exists; its name follows its content instead.
        if it.object.identity().kind == "Job" || it.object.pod_template().is_none() {
            return found;
        }
        let references = references(&it.object);
        let checksum = checksum(&references, &objects, facts);
        found.extend(checksum.map(|it| ("kiln/config-checksum", it)));
        let revision = revision(&references, &revisions);
        found.extend(revision.map(|it| ("kiln/secret-revisions", it)));
        if let Some((annotation, other)) = &it.rolls_with
            && let Some(other) = objects.get(other)
        {
            found.push((
                *annotation,
                digest_with_data(other, &it.origins, &objects, facts),
            ));
        }
        found
    });
    let found: Vec<_> = found.collect();
    for (manifest, annotations) in manifests.objects.iter_mut().zip(found) {
        for (key, value) in annotations {
            manifest.object.annotate_pods(key, value);
        }
    }
}

type Objects<'a> = HashMap<&'a Identity, &'a Object>;

/// A digest of an object and of the data that its pods read, for another object.
fn digest_with_data(
    object: &Object,
    origins: &Origins,
    objects: &Objects<'_>,
    facts: &Facts<'_>,
) -> Node {
    let mut text = object.node().to_json().to_string();
    let mut read = BTreeSet::new();
    collect_origins(object.node(), &mut read);
    for value in data_read(&references(object), objects).into_values() {
        text.push_str(&value.to_json().to_string());
        collect_origins(value, &mut read);
    }
    let origins = origins.clone().chosen_by(&facts.made(read));
    Node::new(Digest::of(text.as_bytes()).to_string(), origins)
}

/// The `ConfigMap` data that is read, by the name of the `ConfigMap` and the key.
fn data_read<'a>(
    references: &'a [Reference],
    objects: &Objects<'a>,
) -> BTreeMap<(&'a str, &'a str), &'a Node> {
    let mut read = BTreeMap::new();
    for reference in references.iter().filter(|it| it.kind == "ConfigMap") {
        let Some(config_map) = objects.get(&reference.target()) else {
            continue;
        };
        let only = reference.key.as_ref();
        for field in ["data", "binaryData"] {
            let entries = config_map
                .node()
                .get(field)
                .into_iter()
                .flat_map(Node::entries);
            let entries = entries.filter(|(key, _)| only.is_none_or(|only| **only == **key));
            read.extend(entries.map(|(key, value)| ((&*reference.name, key.as_str()), value)));
        }
    }
    read
}

/// A digest of exactly the `ConfigMap` data that is read.
fn checksum(references: &[Reference], objects: &Objects<'_>, facts: &Facts<'_>) -> Option<Node> {
    let read = data_read(references, objects);
    if read.is_empty() {
        return None;
    }
    let mut origins = Origins::none();
    let mut text = String::new();
    for ((name, key), value) in read {
        origins.extend(&value.origins);
        // Lengths keep two different sets of data from reading alike.
        let value = value.as_str().unwrap_or_default();
        let _ = write!(text, "{name}/{key} {}\n{value}\n", value.len());
    }
    let origins = facts.made(origins.iter());
    Some(Node::new(Digest::of(text.as_bytes()).to_string(), origins))
}

/// The revisions that the spec states for Secrets, whose content kiln cannot see, by namespace and name.
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

/// The revisions of the Secrets that are read.
fn revision(references: &[Reference], revisions: &Revisions) -> Option<Node> {
    let secrets = references.iter().filter(|it| it.kind == "Secret");
    let found = secrets.filter_map(|it| {
        let key = (it.namespace.clone()?, it.name.clone());
        Some((it.name.as_str(), revisions.get(&key)?))
    });
    let found: BTreeMap<&str, &Node> = found.collect();
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
