//! What network policies let through, through the library's public functions.

#[path = "support/declared.rs"]
mod declared;
#[path = "network_policy/environments.rs"]
mod environments;
#[path = "network_policy/generate.rs"]
mod generate;
#[path = "network_policy/oracle.rs"]
mod oracle;
#[path = "support/repository.rs"]
mod repository;
#[path = "network_policy/rules.rs"]
mod rules;

use kiln::{document::Sources, kubernetes::Object, yaml};
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
