//! Names that follow what an object says, for objects whose change nobody would act on.
//!
//! A Job cannot be changed, and the Spark operator builds the pod of a `SparkConnect` once; so new
//! content has to be a new object. The names are made last, from what patches left, so that a patch
//! names the object without its digest and what it changes takes effect.

use std::collections::{BTreeMap, BTreeSet};

use super::Facts;
use crate::{
    digest::Digest,
    document::{Node, OriginId, Origins},
    kubernetes::{Identity, Object},
    manifests::{CONTENT_DIGITS, Manifest, Manifests},
    references::references,
    spec::collect_origins,
};

/// The label by which the Spark operator marks what belongs to a `SparkConnect` (`LabelSparkConnectName`
/// in <https://github.com/kubeflow/spark-operator/blob/v2.4.0/pkg/common/spark.go>).
const CONNECT_NAME: &str = "sparkoperator.k8s.io/connect-name";

/// Names the objects that ask for it after what they say, the `ConfigMap`s that they read, and what else they
/// depend on.
pub fn run(manifests: &mut Manifests, facts: &Facts<'_>) {
    let objects = &mut manifests.objects[..];
    let mut renamed = BTreeMap::new();
    for at in 0..objects.len() {
        let Some(depends_on) = &objects[at].named_by_content else {
            continue;
        };
        let (digest, made_of) = digest(&objects[at].object, depends_on, objects);
        let made_of = facts.made(made_of);
        let Manifest {
            object, origins, ..
        } = &mut objects[at];
        let Identity {
            namespace, name, ..
        } = object.identity().clone();
        let origins = origins.clone().chosen_by(&made_of);
        let new = Node::new(format!("{name}-{digest}"), origins);
        renamed.insert((namespace, name), new.clone());
        if let Some(old) = object.node().at(["metadata", "name"]) {
            object.rename(with_origins(new, &old.origins));
        }
    }
    for Manifest { object, .. } in objects {
        let path = ["spec", "selector", CONNECT_NAME];
        let Identity {
            kind, namespace, ..
        } = object.identity();
        if kind != "Service" {
            continue;
        }
        let Some(selected) = object.node().at(path) else {
            continue;
        };
        let selects = selected.as_str().unwrap_or_default().to_owned();
        if let Some(name) = renamed.get(&(namespace.clone(), selects)) {
            object.replace(&path, with_origins(name.clone(), &selected.origins));
        }
    }
}

fn with_origins(node: Node, others: &Origins) -> Node {
    Node {
        origins: node.origins.and(others),
        ..node
    }
}

/// The digest, and what made what it covers.
fn digest(
    object: &Object,
    depends_on: &[Node],
    objects: &[Manifest],
) -> (String, BTreeSet<OriginId>) {
    let mut covered = vec![object.node()];
    covered.extend(depends_on);
    let reads = references(object);
    for reference in reads.iter().filter(|it| it.kind == "ConfigMap") {
        let target = reference.target();
        let mut objects = objects.iter().map(|it| &it.object);
        let read = objects.find(|it| *it.identity() == target);
        for field in ["data", "binaryData"] {
            let data = read.and_then(|it| it.node().get(field));
            covered.extend(data);
        }
    }
    let mut origins = BTreeSet::new();
    let mut content = String::new();
    for node in covered {
        content.push_str(&node.to_json().to_string());
        collect_origins(node, &mut origins);
    }
    let digest = Digest::of(content.as_bytes()).to_string();
    (digest[..CONTENT_DIGITS].to_owned(), origins)
}
