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
use crate::document::{Map, Node, Value};

/// Whether a document surely satisfies a schema (draft 7).
pub fn accepts(schema: &Json, document: &Node) -> bool {
    let acceptor = Acceptor {
        root: schema,
        patterns: RefCell::default(),
    };
    acceptor.node(schema, document)
}

type Keywords = serde_json::Map<String, Json>;

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

    /// Whether a value satisfies a keyword. One that is about values of another type says nothing of it.
    fn keyword(&self, keywords: &'a Keywords, keyword: &str, value: &'a Json, node: &Node) -> bool {
        match keyword {
            "$schema" | "default" | "definitions" | "deprecated" | "description" | "examples"
            | "title" => true,
            keyword if keyword.starts_with("x-") => true,
            "$ref" => self.target(value).is_some_and(|it| self.node(it, node)),
            "allOf" => schemas(value).all(|it| self.node(it, node)),
            "anyOf" => schemas(value).any(|it| self.node(it, node)),
            "oneOf" => schemas(value).filter(|it| self.node(it, node)).count() == 1,
            "if" => {
                let then = keywords.get("then");
                !self.node(value, node) || then.is_none_or(|it| self.node(it, node))
            }
            // It is looked at with its `if`.
            "then" => true,
            "type" => is_of_a_type(value, node),
            "const" => node.to_json() == *value,
            "enum" => value
                .as_array()
                .is_some_and(|it| it.contains(&node.to_json())),
            "format" => is_of_format(value, node),
            "pattern" | "minLength" | "maxLength" => node
                .as_str()
                .is_none_or(|it| self.keyword_of_texts(keyword, value, it)),
            "minimum" | "maximum" | "exclusiveMinimum" => {
                number(node).is_none_or(|it| keyword_of_numbers(keyword, value, it))
            }
            "items" | "minItems" | "uniqueItems" => match &node.value {
                Value::List(items) => self.keyword_of_lists(keyword, value, items),
                _ => true,
            },
            "required" | "properties" | "additionalProperties" | "propertyNames" => node
                .as_map()
                .is_none_or(|it| self.keyword_of_tables(keywords, keyword, value, it)),
            _ => false,
        }
    }

    fn keyword_of_texts(&self, keyword: &str, value: &'a Json, text: &str) -> bool {
        let letters = || text.chars().count() as u64;
        match keyword {
            "pattern" => self.matches(value, text),
            "minLength" => value.as_u64().is_some_and(|it| letters() >= it),
            "maxLength" => value.as_u64().is_some_and(|it| letters() <= it),
            _ => false,
        }
    }

    fn keyword_of_lists(&self, keyword: &str, value: &'a Json, items: &[Node]) -> bool {
        match keyword {
            "items" => items.iter().all(|it| self.node(value, it)),
            "minItems" => value.as_u64().is_some_and(|it| items.len() as u64 >= it),
            "uniqueItems" => {
                let mut seen = BTreeSet::new();
                let mut items = items.iter();
                value == &Json::Bool(false) || items.all(|it| seen.insert(it.to_json().to_string()))
            }
            _ => false,
        }
    }

    fn keyword_of_tables(
        &self,
        keywords: &'a Keywords,
        keyword: &str,
        value: &'a Json,
        table: &Map,
    ) -> bool {
        let mut entries = table.iter();
        match keyword {
            "required" => {
                let names = value.as_array().into_iter().flatten();
                let mut names = names.filter_map(Json::as_str);
                names.all(|it| table.contains_key(it))
            }
            "properties" => entries
                .all(|(key, child)| value.get(key).is_none_or(|schema| self.node(schema, child))),
            "additionalProperties" => {
                let known = keywords.get("properties");
                let is_known = |key: &str| known.is_some_and(|it| it.get(key).is_some());
                let mut others = entries.filter(|(key, _)| !is_known(key));
                !keywords.contains_key("patternProperties")
                    && others.all(|(_, child)| self.node(value, child))
            }
            "propertyNames" => entries.all(|(key, _)| self.node(value, &Node::from(key))),
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

fn keyword_of_numbers(keyword: &str, value: &Json, number: f64) -> bool {
    value.as_f64().is_some_and(|limit| match keyword {
        "minimum" => number >= limit,
        "maximum" => number <= limit,
        "exclusiveMinimum" => number > limit,
        _ => false,
    })
}

fn is_of_format(format: &Json, node: &Node) -> bool {
    format.as_str().is_some_and(|name| match formats::of(name) {
        Some(validate) => node.as_str().is_none_or(|text| validate(text).is_ok()),
        // Names of sizes of numbers, which say nothing that the limits do not.
        None => formats::is_of_number(name),
    })
}

fn is_of_a_type(types: &Json, node: &Node) -> bool {
    match types {
        Json::String(name) => is_of_type(name, node),
        Json::Array(names) => {
            let mut names = names.iter().filter_map(Json::as_str);
            names.any(|it| is_of_type(it, node))
        }
        _ => false,
    }
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
