//! Where an error is: in the spec, and in the schema.

use jsonschema::ValidationError;
use serde_json::Value as Json;

use super::explain::Explainer;
use crate::{
    document::{Node, Value},
    spec::complete,
};

impl Explainer<'_> {
    /// The node that an error is about; the nearest one that exists.
    pub(super) fn node(&self, pointer: &str) -> &Node {
        let mut node = &self.source.root;
        for key in keys_of(pointer) {
            let inner = match &node.value {
                Value::Map(map) => map.get(&key),
                Value::List(items) => key.parse().ok().and_then(|at: usize| items.get(at)),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    /// The schema that holds the keyword that failed.
    pub(super) fn parent(&self, error: &ValidationError<'_>) -> Option<&Json> {
        let path = error.schema_path().to_string();
        let (parent, _) = path.rsplit_once('/').unwrap_or_default();
        self.schema_at(parent)
    }

    /// The schema to which a path of keywords leads.
    pub(super) fn schema_at(&self, path: &str) -> Option<&Json> {
        let mut schema = self.schema;
        for key in keys_of(path) {
            schema = match key.as_str() {
                "$ref" => complete::follow(self.schema, schema),
                key => match schema {
                    Json::Array(items) => items.get(key.parse::<usize>().ok()?)?,
                    schema => complete::enter(self.schema, schema).get(key)?,
                },
            };
        }
        Some(complete::enter(self.schema, schema))
    }

    /// The keys that the schema knows where the one that failed stands.
    pub(super) fn properties(&self, error: &ValidationError<'_>) -> Vec<String> {
        self.parent(error)
            .and_then(|parent| parent.get("properties")?.as_object())
            .map(|properties| properties.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// What the schema says of the value that failed, or of what lies below.
    pub(super) fn describe(&self, error: &ValidationError<'_>, below: &[&str]) -> String {
        let Some(schema) = self.parent(error) else {
            return String::new();
        };
        let schema = below
            .iter()
            .try_fold(schema, |schema, key| schema.get(key))
            .unwrap_or(schema);
        self.described(schema)
    }

    /// The first paragraph of a schema's description, written as a hint: no capital, no full stop.
    pub(super) fn described(&self, schema: &Json) -> String {
        let text = schema
            .get("description")
            .or_else(|| complete::follow(self.schema, schema).get("description"))
            .and_then(Json::as_str)
            .and_then(|text| text.split("\n\n").next())
            .unwrap_or_default()
            .replace('\n', " ");
        uncapitalized(text.trim_end_matches('.'))
    }
}

/// A sentence that goes on behind other words. A name keeps its capital.
fn uncapitalized(text: &str) -> String {
    let word = text.split([' ', ',']).next().unwrap_or_default();
    // A word with another capital or digit is a name: `MinIO`, `S3`.
    let is_name = PRODUCTS.contains(&word) || word.chars().skip(1).any(|it| !it.is_lowercase());
    if is_name {
        return text.to_owned();
    }
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

/// The products with which a description may begin.
const PRODUCTS: [&str; 4] = ["Airflow", "Celeborn", "Kubernetes", "Spark"];

/// The keys of a JSON pointer.
pub(super) fn keys_of(pointer: &str) -> Vec<String> {
    let keys = pointer.split('/').skip(1);
    keys.map(|key| key.replace("~1", "/").replace("~0", "~"))
        .collect()
}
