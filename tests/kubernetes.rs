//! What Kubernetes knows, through the library's public functions.

#[path = "kubernetes/conformance.rs"]
mod conformance;
#[path = "support/control_plane.rs"]
#[expect(dead_code, reason = "the suites of tests/conformance use more of it")]
mod control_plane;
#[path = "kubernetes/names.rs"]
mod names;
#[path = "kubernetes/objects.rs"]
mod objects;
#[path = "kubernetes/pod_security.rs"]
mod pod_security;
#[path = "kubernetes/quantities.rs"]
mod quantities;
#[path = "kubernetes/rbac/mod.rs"]
mod rbac;
#[path = "kubernetes/refusals.rs"]
mod refusals;
#[path = "kubernetes/schemas.rs"]
mod schemas;

use kiln::document::{Map, Node, Value};

/// The documents of a text of YAML, as nodes without origins.
fn documents(yaml: &str) -> Vec<Node> {
    use serde::Deserialize;
    serde_yaml::Deserializer::from_str(yaml)
        .map(|document| serde_yaml::Value::deserialize(document).expect("the case is YAML"))
        .filter(|document| !document.is_null())
        .map(node)
        .collect()
}

/// The only document of a text of YAML.
fn document(yaml: &str) -> Node {
    documents(yaml).pop().expect("the case holds a document")
}

fn node(yaml: serde_yaml::Value) -> Node {
    use serde_yaml::Value as Yaml;
    match yaml {
        Yaml::Null => Value::Null.into(),
        Yaml::Bool(flag) => flag.into(),
        Yaml::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => Value::Float(number.as_f64().expect("a number is a float")).into(),
        },
        Yaml::String(text) => text.into(),
        Yaml::Sequence(items) => items.into_iter().map(node).collect::<Vec<_>>().into(),
        Yaml::Mapping(map) => map
            .into_iter()
            .map(|(key, value)| (key.as_str().expect("keys are text").to_owned(), node(value)))
            .collect::<Map>()
            .into(),
        Yaml::Tagged(_) => panic!("the cases have no tags"),
    }
}
