//! What Kubernetes knows, through the library's public functions.

mod conformance;
mod names;
mod objects;
mod pod_security;
mod quantities;
mod rbac;
mod refusals;
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
