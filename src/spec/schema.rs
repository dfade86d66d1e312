//! The JSON Schema of a spec, put together from the components' settings types.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use crate::{
    components::{self, Shape},
    kubernetes::NamespaceName,
};

/// The schema of a whole spec, draft 7, as editors read it.
pub fn platform() -> &'static Json {
    static SCHEMA: OnceLock<Json> = OnceLock::new();
    SCHEMA.get_or_init(generate)
}

fn generate() -> Json {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut name = generator.subschema_for::<NamespaceName>().to_value();
    name["description"] =
        "A name: lower-case letters, digits and `-`, which begins and ends with a letter or digit, at most 63."
            .into();
    let mut properties = own_keys();
    let mut required = Vec::new();
    for component in components::ALL {
        let entry = component.schema(&mut generator).to_value();
        let table = match component.shape() {
            Shape::Required => {
                required.push(component.table());
                entry
            }
            Shape::Optional => entry,
            Shape::Keyed => json!({
                "type": "object",
                "description": component.about(),
                "propertyNames": name.clone(),
                "additionalProperties": entry,
            }),
        };
        properties.insert(component.table().to_owned(), table);
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "kiln environment",
        "description": "One environment of a Spark platform, compiled by kiln into Kubernetes manifests.",
        // kiln reads TOML 1.1 (inline tables over several lines); editors assume 1.0 unless told.
        "x-tombi-toml-version": "v1.1.0",
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
        "definitions": generator.take_definitions(true),
    })
}

/// The keys that belong to no component.
fn own_keys() -> Map<String, Json> {
    let keys = json!({
        "extends": {
            "type": "string",
            "description": "A spec whose values this one shares, as a path relative to this file. Tables merge key by key; everything else replaces. A file whose name starts with `_` is no environment of its own.",
            "examples": ["_base.toml"],
        },
        "remove": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Inherited keys to drop, as dotted paths. A key that is not inherited is an error.",
            "examples": [["connect.sandbox"]],
        },
        "destroy": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Objects that hold data or that others live in, and that may go: `Kind/name`, or `Kind/namespace/name`. Without this, taking a namespace, a custom resource definition or anything with a volume out of the spec is an error.",
            "examples": [["StatefulSet/storage/minio"]],
        },
    });
    match keys {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
