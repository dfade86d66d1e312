//! What network policies let through, through the library's public functions.

#[path = "support/repository.rs"]
#[expect(dead_code, reason = "other suites use more of it")]
mod repository;
#[path = "network_policy/rules.rs"]
mod rules;

use kiln::{
    document::{Sources, yaml},
    kubernetes::Object,
};
use serde_json::Value as Json;

/// An object of a value.
fn object(value: &Json) -> Object {
    let mut sources = Sources::default();
    let file = sources.add_file("object.json", value.to_string());
    let documents = yaml::read(&mut sources, file);
    let document = documents.ok().and_then(|mut it| it.pop());
    let object = Object::new(document.expect("JSON is YAML"));
    object.expect("the case is an object")
}
