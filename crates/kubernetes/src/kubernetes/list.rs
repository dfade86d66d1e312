//! Lists of objects, as `kubectl get` prints them.

use crate::document::{Node, Value};

/// The fields by which Kubernetes and its users tell the items of a list apart, the first that fits.
pub const ITEM_KEYS: [&str; 7] = [
    "name",
    "mountPath",
    "containerPort",
    "port",
    "key",
    "ip",
    "topologyKey",
];

/// The objects of a document: its own, or those of a `List`.
#[must_use]
pub fn flatten(mut document: Node) -> Vec<Node> {
    let kind = document.str_at(["kind"]).unwrap_or_default();
    let is_list = kind.ends_with("List") && document.get("items").is_some();
    if is_list {
        let items = document.as_map_mut().and_then(|it| it.remove("items"));
        return match items.map(|it| it.value) {
            Some(Value::List(items)) => items.into_iter().flat_map(flatten).collect(),
            _ => Vec::new(),
        };
    }
    match document.value {
        Value::Null => Vec::new(),
        _ => vec![document],
    }
}
