//! Names that follow what an object says, for objects whose change nobody would act on.
//!
//! A Job cannot be changed, and the Spark operator builds the pod of a `SparkConnect` once; so new
//! content has to be a new object. The names are made last, from what patches left, so that a patch
//! names the object without its digest and what it changes takes effect.

use std::collections::BTreeMap;

use super::reference::references;
use crate::{
    components::Made,
    document::{Node, Origins},
    kubernetes::{Identity, Object},
    output::Digest,
};

/// The label by which the Spark operator marks what belongs to a `SparkConnect` (`LabelSparkConnectName`
/// in <https://github.com/kubeflow/spark-operator/blob/v2.4.0/pkg/common/spark.go>).
const CONNECT_NAME: &str = "sparkoperator.k8s.io/connect-name";

/// How many characters a digest adds to a name, with the hyphen before it.
pub const SUFFIX: usize = DIGITS + 1;
const DIGITS: usize = 10;

/// An object without the digest in which its name ends; none for a name that follows no content.
#[must_use]
pub fn content_stem(object: &Identity) -> Option<Identity> {
    let (stem, digest) = object.name.rsplit_once('-')?;
    let is_digest = digest.len() == DIGITS && digest.bytes().all(|it| it.is_ascii_hexdigit());
    is_digest.then(|| Identity {
        name: stem.to_owned(),
        ..object.clone()
    })
}

/// Ends the names of the objects that ask for it in a digest of what they say, of the `ConfigMap`s that
/// they read, and of what else they depend on.
pub fn name_by_content(objects: &mut [Made]) {
    let mut renamed = BTreeMap::new();
    for at in 0..objects.len() {
        let made = &objects[at];
        let Some(depends_on) = &made.named_by_content else {
            continue;
        };
        let digest = digest(&made.node, depends_on, objects);
        let (namespace, old) = (text(&made.node, "namespace"), text(&made.node, "name"));
        let name = Node::new(format!("{old}-{digest}"), made.because.clone());
        renamed.insert((namespace, old), name.clone());
        set(&mut objects[at].node, ["metadata", "name"], name);
    }
    for made in objects.iter_mut() {
        let path = ["spec", "selector", CONNECT_NAME];
        if made.node.str_at(["kind"]) != Some("Service") {
            continue;
        }
        let Some(selected) = made.node.str_at(path) else {
            continue;
        };
        let key = (text(&made.node, "namespace"), selected.to_owned());
        if let Some(name) = renamed.get(&key) {
            set(&mut made.node, path, name.clone());
        }
    }
}

fn digest(node: &Node, depends_on: &[Node], objects: &[Made]) -> String {
    let mut content = vec![node.to_json().to_string()];
    content.extend(depends_on.iter().map(|it| it.to_json().to_string()));
    let reads = Object::new(node.clone()).map_or_else(|_| Vec::new(), |it| references(&it));
    for reference in reads.iter().filter(|it| it.kind == "ConfigMap") {
        let namespace = reference.namespace.clone().unwrap_or_default();
        let read = objects.iter().map(|it| &it.node).find(|it| {
            it.str_at(["kind"]) == Some("ConfigMap")
                && text(it, "name") == reference.name
                && text(it, "namespace") == namespace
        });
        for field in ["data", "binaryData"] {
            let data = read.and_then(|it| it.get(field));
            content.extend(data.map(|it| it.to_json().to_string()));
        }
    }
    Digest::of(content.concat().as_bytes()).to_string()[..DIGITS].to_owned()
}

fn text(node: &Node, field: &str) -> String {
    let value = node.str_at(["metadata", field]);
    value.unwrap_or_default().to_owned()
}

/// Replaces the value at the end of a path that exists.
fn set<const LENGTH: usize>(node: &mut Node, path: [&str; LENGTH], value: Node) {
    let mut at = node;
    for key in path {
        let Some(next) = at.as_map_mut().and_then(|map| map.get_mut(key)) else {
            return;
        };
        at = next;
    }
    let origins = std::mem::replace(&mut at.origins, Origins::none());
    *at = value;
    at.origins.extend(&origins);
}
