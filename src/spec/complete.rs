//! Fills in the schema's defaults and finds the names that refer to other tables.
//!
//! Defaults live in the schema alone: what an editor shows is what takes effect.

use serde_json::Value as Json;

use super::{toml::child, variants::chosen};
use crate::document::{Node, Origin, OriginId, Origins, Sources, Value};

/// A value that must name an entry of a table.
#[derive(Clone, Debug)]
pub struct NameReference {
    /// The table, such as `images`.
    pub table: String,
    /// The name as written.
    pub name: String,
    /// Where it is written.
    pub origins: Origins,
    /// The keys that lead to it.
    pub keys: Vec<String>,
}

/// A value that names files of the repository.
#[derive(Clone, Debug)]
pub struct NamedFiles {
    /// The path or pattern as written.
    pub path: String,
    /// Where it is written.
    pub origin: OriginId,
    /// The keys that lead to it.
    pub keys: Vec<String>,
}

/// What a walk along the schema found.
#[derive(Debug, Default)]
pub struct Found {
    /// The values that must name entries of tables.
    pub references: Vec<NameReference>,
    /// The values that name files.
    pub files: Vec<NamedFiles>,
}

/// The keyword by which a type's schema says that its values are paths of files.
const FILES: &str = "x-kiln-files";

/// The keyword by which a type's schema says that its values name entries of a table.
pub const REFERENCE: &str = "x-kiln-reference";

/// Completes a tree by its schema; gives back the references in it, and the files that it names.
pub fn complete(root: &mut Node, schema: &Json, sources: &mut Sources) -> Found {
    let mut walk = Walk {
        schema,
        sources,
        found: Found::default(),
        keys: Vec::new(),
    };
    walk.node(root, schema, "");
    walk.found
}

struct Walk<'a> {
    schema: &'a Json,
    sources: &'a mut Sources,
    found: Found,
    /// The keys on the way to where the walk is.
    keys: Vec<String>,
}

impl<'a> Walk<'a> {
    fn node(&mut self, node: &mut Node, schema: &'a Json, path: &str) {
        let schema = resolve(self.schema, schema, node);
        if let (Some(table), Some(name)) = (schema.get(REFERENCE), node.as_str()) {
            self.found.references.push(NameReference {
                table: table.as_str().unwrap_or_default().to_owned(),
                name: name.to_owned(),
                origins: node.origins.clone(),
                keys: self.keys.clone(),
            });
        }
        if schema.get(FILES).is_some()
            && let (Some(path), Some(origin)) = (node.as_str(), node.origins.first())
        {
            self.found.files.push(NamedFiles {
                path: path.to_owned(),
                origin,
                keys: self.keys.clone(),
            });
        }
        let table = node.origins.first();
        let variants = chosen(schema, node);
        match &mut node.value {
            Value::Map(map) => {
                let known = schema.get("properties").and_then(Json::as_object);
                for (key, property) in known.into_iter().flatten() {
                    if !map.contains_key(key)
                        && !variants.iter().any(|it| it.refuses(key))
                        && let Some(default) = default(self.schema, property)
                    {
                        let reason = reason(self.schema, property);
                        let node = self.default(default, &child(path, key), &reason, table);
                        map.insert(key.clone(), node);
                    }
                }
                // What nobody may write is neither read nor resolved.
                let allowed = map
                    .iter_mut()
                    .filter(|(key, _)| !variants.iter().any(|it| it.refuses(key)));
                for (key, node) in allowed {
                    let schema = known
                        .and_then(|known| known.get(key))
                        .or_else(|| schema.get("additionalProperties"));
                    if let Some(schema) = schema {
                        self.keys.push(key.clone());
                        self.node(node, schema, &child(path, key));
                        self.keys.pop();
                    }
                }
            }
            Value::List(items) => {
                if let Some(schema) = schema.get("items") {
                    for (index, item) in items.iter_mut().enumerate() {
                        self.node(item, schema, &format!("{path}[{index}]"));
                    }
                }
            }
            _ => {}
        }
    }

    fn default(&mut self, json: &Json, path: &str, reason: &str, table: Option<OriginId>) -> Node {
        let origin = self.sources.add_origin(Origin::Default {
            path: path.to_owned(),
            reason: reason.to_owned(),
            table,
        });
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => number.as_i64().map_or_else(
                || Value::Float(number.as_f64().unwrap_or_default()),
                Value::Integer,
            ),
            Json::String(text) => Value::String(text.clone()),
            Json::Array(items) => Value::List(
                items
                    .iter()
                    .map(|item| self.default(item, path, reason, table))
                    .collect(),
            ),
            Json::Object(map) => Value::Map(
                map.iter()
                    .map(|(key, json)| {
                        let path = child(path, key);
                        (key.clone(), self.default(json, &path, reason, table))
                    })
                    .collect(),
            ),
        };
        Node::new(value, origin.into())
    }
}

/// Whether a value is meant for one of several schemas, by its type and by the keys that it fixes.
fn fits(value: &Node, root: &Json, branch: &Json) -> bool {
    let branch = follow(root, branch);
    let kind = match value.value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Integer(_) => "integer",
        Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    };
    let names = |json: &Json| json == kind || (kind == "integer" && json == "number");
    let has_type = match branch.get("type") {
        Some(Json::Array(kinds)) => kinds.iter().any(names),
        Some(json) => names(json),
        None => true,
    };
    has_type && fits_tag(value, branch)
}

/// A branch that fixes a key to one string is chosen by that key.
fn fits_tag(value: &Node, branch: &Json) -> bool {
    let properties = branch.get("properties").and_then(Json::as_object);
    properties
        .into_iter()
        .flatten()
        .filter_map(|(key, schema)| Some((key, schema.get("const")?)))
        .all(|(key, fixed)| {
            let tag = value.get(key);
            tag.is_none_or(|tag| tag.as_str() == fixed.as_str())
        })
}

/// Follows `$ref`, one in an `allOf`, and the branch of a choice that fits the value.
pub(super) fn resolve<'a>(root: &'a Json, schema: &'a Json, value: &Node) -> &'a Json {
    let schema = follow(root, schema);
    for choice in ["oneOf", "anyOf"] {
        if let Some(branches) = schema.get(choice).and_then(Json::as_array)
            && let Some(branch) = branches.iter().find(|branch| fits(value, root, branch))
        {
            return resolve(root, branch, value);
        }
    }
    schema
}

/// Follows `$ref`, also one in an `allOf`, which draft 7 needs beside a description.
pub fn follow<'a>(root: &'a Json, mut schema: &'a Json) -> &'a Json {
    loop {
        let in_all = || schema.get("allOf")?.get(0)?.get("$ref");
        let reference = schema.get("$ref").or_else(in_all).and_then(Json::as_str);
        let Some(next) = reference.and_then(|it| root.pointer(it.trim_start_matches('#'))) else {
            return schema;
        };
        schema = next;
    }
}

fn default<'a>(root: &'a Json, property: &'a Json) -> Option<&'a Json> {
    property
        .get("default")
        .or_else(|| follow(root, property).get("default"))
        .filter(|default| !default.is_null())
}

fn reason(root: &Json, property: &Json) -> String {
    property
        .get("description")
        .or_else(|| follow(root, property).get("description"))
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// Follows `$ref` when the schema is nothing but a reference.
pub fn enter<'a>(root: &'a Json, schema: &'a Json) -> &'a Json {
    if schema.get("$ref").is_some() {
        follow(root, schema)
    } else {
        schema
    }
}
