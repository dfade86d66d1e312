//! What network policies let through, through the library's public functions.

mod environments;
mod generate;
mod oracle;
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
