//! The quick yes of the schema: most specs have no fault, and to find one none of the library's
//! machinery is needed, which takes longer to build than everything else in a compile.
//!
//! This knows the keywords that our generator writes. Where it meets another one, or a fault, it says
//! no, and the library validates. In debug builds, and so in all tests, the two are compared.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use regex_lite::Regex;
use serde_json::Value as Json;

use super::formats;
use crate::document::{Node, Value};

/// Whether a document surely satisfies a schema (draft 7).
pub fn accepts(schema: &Json, document: &Node) -> bool {
    let acceptor = Acceptor {
        root: schema,
        patterns: RefCell::default(),
    };
    acceptor.node(schema, document)
}

struct Acceptor<'a> {
    root: &'a Json,
    /// The patterns that were met, compiled; none for what the engine does not know.
    patterns: RefCell<BTreeMap<&'a str, Option<Regex>>>,
}

impl<'a> Acceptor<'a> {
    fn node(&self, schema: &'a Json, node: &Node) -> bool {
        match schema {
            Json::Bool(verdict) => *verdict,
            Json::Object(keywords) => keywords
                .iter()
                .all(|(keyword, value)| self.keyword(keywords, keyword, value, node)),
            _ => false,
        }
    }

    fn keyword(
        &self,
        keywords: &'a serde_json::Map<String, Json>,
        keyword: &str,
        value: &'a Json,
        node: &Node,
    ) -> bool {
        let text = node.as_str();
        let letters = || text.map_or(0, |text| text.chars().count() as u64);
        let number = number(node);
        let items = matches!(node.value, Value::List(_)).then(|| node.items());
        match keyword {
            "$schema" | "default" | "definitions" | "deprecated" | "description" | "examples"
            | "title" => true,
            keyword if keyword.starts_with("x-") => true,
            "format" => value
                .as_str()
                .is_some_and(|format| match formats::of(format) {
                    Some(validate) => text.is_none_or(|text| validate(text).is_ok()),
                    // Names of sizes of numbers, which say nothing that the limits do not.
                    None => formats::is_of_number(format),
                }),
            "$ref" => self.target(value).is_some_and(|it| self.node(it, node)),
            "type" => match value {
                Json::String(name) => is_of_type(name, node),
                Json::Array(names) => names
                    .iter()
                    .any(|name| name.as_str().is_some_and(|it| is_of_type(it, node))),
                _ => false,
            },
            "const" => node.to_json() == *value,
            "enum" => value
                .as_array()
                .is_some_and(|it| it.contains(&node.to_json())),
            "pattern" => text.is_none_or(|text| self.matches(value, text)),
            "minLength" => text.is_none() || value.as_u64().is_some_and(|it| letters() >= it),
            "maxLength" => text.is_none() || value.as_u64().is_some_and(|it| letters() <= it),
            "minimum" => number.is_none_or(|it| value.as_f64().is_some_and(|least| it >= least)),
            "maximum" => number.is_none_or(|it| value.as_f64().is_some_and(|most| it <= most)),
            "exclusiveMinimum" => {
                number.is_none_or(|it| value.as_f64().is_some_and(|least| it > least))
            }
            "minItems" => {
                items.is_none_or(|it| value.as_u64().is_some_and(|n| it.len() as u64 >= n))
            }
            "uniqueItems" => {
                let unique = |items: &[Node]| {
                    let mut seen = BTreeSet::new();
                    let mut items = items.iter();
                    items.all(|item| seen.insert(item.to_json().to_string()))
                };
                value == &Json::Bool(false) || items.is_none_or(unique)
            }
            "items" => items.is_none_or(|it| it.iter().all(|item| self.node(value, item))),
            "required" => {
                let names = value.as_array().into_iter().flatten();
                let mut names = names.filter_map(Json::as_str);
                node.as_map().is_none() || names.all(|name| node.get(name).is_some())
            }
            "properties" => node
                .entries()
                .all(|(key, child)| value.get(key).is_none_or(|schema| self.node(schema, child))),
            "additionalProperties" => {
                let known = keywords.get("properties");
                let is_known = |key: &str| known.is_some_and(|it| it.get(key).is_some());
                let mut others = node.entries().filter(|(key, _)| !is_known(key));
                !keywords.contains_key("patternProperties")
                    && others.all(|(_, child)| self.node(value, child))
            }
            "propertyNames" => node
                .entries()
                .all(|(key, _)| self.node(value, &Node::from(key))),
            "allOf" => schemas(value).all(|it| self.node(it, node)),
            "anyOf" => schemas(value).any(|it| self.node(it, node)),
            "if" => {
                let then = keywords.get("then");
                !self.node(value, node) || then.is_none_or(|it| self.node(it, node))
            }
            // Judged with its `if`.
            "then" => true,
            "oneOf" => schemas(value).filter(|it| self.node(it, node)).count() == 1,
            _ => false,
        }
    }

    /// What a reference inside the schema leads to.
    fn target(&self, reference: &Json) -> Option<&'a Json> {
        self.root.pointer(reference.as_str()?.strip_prefix('#')?)
    }

    fn matches(&self, pattern: &'a Json, text: &str) -> bool {
        let Some(pattern) = pattern.as_str() else {
            return false;
        };
        let mut patterns = self.patterns.borrow_mut();
        let compiled = patterns
            .entry(pattern)
            .or_insert_with(|| Regex::new(pattern).ok());
        compiled.as_ref().is_some_and(|it| it.is_match(text))
    }
}

fn schemas(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().into_iter().flatten()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the schema's limits are far below 2^53"
)]
fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Integer(number) => Some(number as f64),
        Value::Float(number) => Some(number),
        _ => None,
    }
}

fn is_of_type(name: &str, node: &Node) -> bool {
    match (name, &node.value) {
        ("null", Value::Null)
        | ("boolean", Value::Bool(_))
        | ("integer", Value::Integer(_))
        | ("number", Value::Integer(_) | Value::Float(_))
        | ("string", Value::String(_))
        | ("array", Value::List(_))
        | ("object", Value::Map(_)) => true,
        ("integer", Value::Float(number)) => number.fract() == 0.0,
        _ => false,
    }
}
