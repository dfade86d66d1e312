//! The JSON Schema of a spec, put together from the components' settings types.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use super::{ALL, Occurrence};
use crate::{
    kubernetes::NamespaceName,
    spec::{Schema, flatten},
};

/// The schema of a whole spec, draft 7.
#[must_use]
pub fn schema() -> &'static Schema {
    static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::new(generate()));
    &SCHEMA
}

/// The same schema for editors, which see one file at a time: a key may stand in the file that is
/// extended, so none is demanded, and its description says instead that there must be one.
#[must_use]
pub fn schema_for_editors() -> Json {
    let mut schema = schema().json.clone();
    relax(&mut schema);
    schema
}

fn relax(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(relax),
        Json::Object(map) => {
            // Which variant a table has is not known where the tag stands in another file.
            if let Some(Json::Object(condition)) = map.get_mut("if") {
                let tags = condition.get("properties").and_then(Json::as_object);
                let tags: Vec<_> = tags.into_iter().flatten().map(|(tag, _)| tag).collect();
                let tags = json!(tags);
                condition.insert("required".to_owned(), tags);
            }
            // A table of settings may hold a key of that very name, whose schema is not a list.
            if let Some(Json::Array(required)) = map.get("required").cloned() {
                map.remove("required");
                let names = required.iter().filter_map(Json::as_str);
                for name in names {
                    if let Some(property) =
                        map.get_mut("properties").and_then(|it| it.get_mut(name))
                    {
                        mark_required(property);
                    }
                }
            }
            let others = map.iter_mut().filter(|(keyword, _)| *keyword != "if");
            others.for_each(|(_, it)| relax(it));
        }
        _ => {}
    }
}

fn mark_required(property: &mut Json) {
    let Some(map) = property.as_object_mut() else {
        return;
    };
    let described = map.get("description").and_then(Json::as_str);
    let text = described.map_or_else(
        || "Required, here or in what this file extends.".to_owned(),
        |text| format!("{text}\n\nRequired, here or in what this file extends."),
    );
    // Draft 7 ignores what stands beside a reference, unless the reference is put into `allOf`.
    if let Some(reference) = map.remove("$ref") {
        map.insert("allOf".to_owned(), json!([{"$ref": reference}]));
    }
    map.insert("description".to_owned(), text.into());
}

fn generate() -> Json {
    let mut generator = SchemaSettings::draft07().into_generator();
    let mut name = generator.subschema_for::<NamespaceName>().to_value();
    name["description"] =
        "A name: lower-case letters, digits and `-`, which begins and ends with a letter or digit, at most 63."
            .into();
    let mut properties = own_keys();
    let mut required = Vec::new();
    for component in ALL {
        let entry = component.schema(&mut generator).to_value();
        let table = match component.shape() {
            Occurrence::Required => {
                required.push(component.table());
                entry
            }
            Occurrence::Optional => entry,
            Occurrence::Keyed => json!({
                "type": "object",
                "description": component.about(),
                "propertyNames": name.clone(),
                "additionalProperties": entry,
            }),
        };
        properties.insert(component.table().to_owned(), table);
    }
    let mut schema = json!({
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
    });
    flatten(&mut schema);
    schema
}

/// The keys that belong to no component.
fn own_keys() -> Map<String, Json> {
    let keys = json!({
        "extends": {
            "type": "string",
            "x-kiln-fact": true,
            "description": "A spec whose values this one shares, as a path relative to this file. Tables merge key by key; everything else replaces. Who chooses another `access`, `backend`, `engine`, `kind`, `source` or `trigger` inherits no keys of the choice before. A file whose name starts with `_` is not an environment of its own.",
            "examples": ["_base.toml"],
        },
        "remove": {
            "type": "array",
            "items": {"type": "string"},
            "x-kiln-fact": true,
            "description": "Inherited keys to drop, as dotted paths. A key that is not inherited is an error.",
            "examples": [["connect.sandbox"]],
        },
        "destroy": {
            "type": "array",
            "items": {"type": "string", "format": "object-identity"},
            "x-kiln-fact": true,
            "description": "Objects that hold data or that others live in, and that may be deleted: `Kind/name`, or `Kind/namespace/name`. Without this, taking a namespace, a custom resource definition or anything with a volume out of the spec is an error.",
            "examples": [["StatefulSet/storage/minio"]],
        },
    });
    match keys {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}
