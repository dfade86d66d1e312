//! Tables with variants: the value of one key, the tag, says which others there may be.
//!
//! In a settings type a tag is an enum whose variants hold fields, or structs of them. In the schema all of
//! them are keys of the table, and for each variant an `if` of the tag's value has a `then` that demands the
//! variant's own and refuses the others'. [`flatten`] writes that; the rest reads it.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
};

use serde_json::{Map, Value as Json, json};

use super::complete::{follow, resolve};
use crate::document::{FileId, Node, OriginId, Sources};

/// A choice of a table's tag, and what follows from it.
#[derive(Clone, Copy)]
pub(super) struct Variant<'a> {
    /// The key that chooses.
    pub tag: &'a str,
    /// The value that chooses this variant.
    pub name: &'a str,
    is_default: bool,
    then: &'a Json,
}

impl<'a> Variant<'a> {
    fn read(rule: &'a Json) -> Option<Self> {
        let condition = rule.get("if")?;
        let (tag, value) = condition.get("properties")?.as_object()?.iter().next()?;
        Some(Self {
            tag,
            name: value.get("const")?.as_str()?,
            is_default: condition.get("required").is_none(),
            then: rule.get("then")?,
        })
    }

    /// Whether a table chooses this variant.
    fn is_of(&self, table: &Node) -> bool {
        let chosen = table.get(self.tag);
        chosen.map_or(self.is_default, |it| it.as_str() == Some(self.name))
    }

    /// The choice as it is written in a spec, for a message.
    pub fn text(&self) -> String {
        choice_of(self.tag, self.name)
    }

    /// Whether a key belongs to other variants alone.
    pub fn refuses(&self, key: &str) -> bool {
        self.then["properties"].get(key).is_some()
    }

    /// Whether a key has to be there.
    pub fn demands(&self, key: &str) -> bool {
        let mut keys = self.then["required"].as_array().into_iter().flatten();
        keys.any(|it| it == key)
    }
}

/// The variants that the schema of a table knows, of all its tags.
pub(super) fn variants(schema: &Json) -> impl Iterator<Item = Variant<'_>> {
    let rules = schema.get("allOf").and_then(Json::as_array);
    rules.into_iter().flatten().filter_map(Variant::read)
}

/// The variants that a table chooses, one for each of its tags.
pub(super) fn chosen<'a>(schema: &'a Json, table: &Node) -> Vec<Variant<'a>> {
    variants(schema).filter(|it| it.is_of(table)).collect()
}

/// Leaves out what a file inherits for another variant than it chooses: nobody wrote the two together.
pub(super) fn leave_inherited(table: &mut Node, root: &Json, schema: &Json, sources: &Sources) {
    let schema = resolve(root, schema, table);
    let file = |origin: OriginId| sources.place(origin).map(|it| it.file);
    // Files are read from the nearest to what they extend.
    let nearest = |node: &Node| -> Option<FileId> { node.origins.iter().filter_map(file).min() };
    let chosen = chosen(schema, table);
    let refusers = chosen.iter().filter_map(|it| {
        let tag = nearest(table.get(it.tag)?)?;
        Some((it, tag))
    });
    let refusers: Vec<_> = refusers.collect();
    let Some(map) = table.as_map_mut() else {
        return;
    };
    map.retain(|key, node| {
        let mut refused = refusers.iter().filter(|(it, _)| it.refuses(key));
        !refused.any(|(_, tag)| nearest(node).is_some_and(|it| it > *tag))
    });
    for (key, node) in map {
        let property = schema.get("properties").and_then(|it| it.get(key));
        if let Some(schema) = property.or_else(|| schema.get("additionalProperties")) {
            leave_inherited(node, root, schema, sources);
        }
    }
}

/// Turns the tags among the properties of all tables of a schema into what stands at the top of this file.
pub fn flatten(schema: &mut Json) {
    match schema {
        Json::Array(items) => items.iter_mut().for_each(flatten),
        Json::Object(map) => {
            let tags: Vec<String> = match map.get("properties") {
                Some(Json::Object(properties)) => {
                    let tags = properties.iter().filter(|(_, it)| is_tag(it));
                    tags.map(|(key, _)| key.clone()).collect()
                }
                _ => Vec::new(),
            };
            for tag in tags {
                flatten_tag(map, &tag);
            }
            map.values_mut().for_each(flatten);
        }
        _ => {}
    }
}

/// Whether a schema is an enum with a variant that holds fields, as serde writes them by default.
fn is_tag(schema: &Json) -> bool {
    let branches = schema.get("oneOf").and_then(Json::as_array);
    let mut branches = branches.into_iter().flatten();
    branches.any(|it| it.get("properties").is_some())
}

/// What an enum says of one of its variants.
#[derive(Default)]
struct Fields {
    keys: BTreeSet<String>,
    required: Vec<Json>,
}

fn flatten_tag(table: &mut Map<String, Json>, tag: &str) {
    let Some(Json::Object(properties)) = table.get_mut("properties") else {
        return;
    };
    let branches = properties[tag]["oneOf"].take();
    let mut choices = Vec::new();
    let mut fields: BTreeMap<String, Fields> = BTreeMap::new();
    let mut all = Map::new();
    for branch in branches.as_array().into_iter().flatten() {
        let mut choose = |name: &str| {
            let mut choice = json!({"type": "string", "const": name});
            if let Some(description) = branch.get("description") {
                choice["description"] = description.clone();
            }
            choices.push(choice);
        };
        let units = branch.get("const").or_else(|| branch.get("enum"));
        for name in units.into_iter().flat_map(names) {
            choose(name);
            fields.insert(name.to_owned(), Fields::default());
        }
        let held = branch.get("properties").and_then(Json::as_object);
        for (name, variant) in held.into_iter().flatten() {
            choose(name);
            let mut of_variant = Fields::default();
            // Several structs are a list to serde.
            let structs = variant["items"]
                .as_array()
                .map_or(slice::from_ref(variant), Vec::as_slice);
            for it in structs {
                for (key, property) in it["properties"].as_object().into_iter().flatten() {
                    of_variant.keys.insert(key.clone());
                    all.insert(key.clone(), property.clone());
                }
                let required = it["required"].as_array().into_iter().flatten();
                of_variant.required.extend(required.cloned());
            }
            fields.insert(name.clone(), of_variant);
        }
    }
    properties[tag]["oneOf"] = choices.into();
    let default = properties[tag].get("default").and_then(Json::as_str);
    let default = default.map(str::to_owned);
    let rules = fields.iter().map(|(name, of_variant)| {
        let mut condition = json!({"properties": {tag: {"const": name}}});
        if default.as_ref() != Some(name) {
            condition["required"] = json!([tag]);
        }
        let others = all.keys().filter(|it| !of_variant.keys.contains(*it));
        let refused: Map<_, _> = others.map(|it| (it.clone(), false.into())).collect();
        let mut then = json!({"properties": refused});
        if !of_variant.required.is_empty() {
            then["required"] = json!(of_variant.required);
        }
        json!({"if": condition, "then": then})
    });
    let rules: Vec<_> = rules.collect();
    for (key, property) in &mut all {
        let owners = fields.iter().filter(|(_, it)| it.keys.contains(key));
        let owners: Vec<_> = owners.map(|(name, _)| choice_of(tag, name)).collect();
        let described = property.get("description").and_then(Json::as_str);
        let described = described.unwrap_or_default();
        let only = format!("{described}\n\nOnly with {}.", owners.join(" or "));
        property["description"] = only.into();
    }
    properties.extend(all);
    let all_of = table.entry("allOf").or_insert_with(|| json!([]));
    if let Json::Array(all_of) = all_of {
        all_of.extend(rules);
    }
}

/// The text that a schema fixes a value to, or the texts that it allows.
fn names(schema: &Json) -> Vec<&str> {
    match schema {
        Json::Array(items) => items.iter().filter_map(Json::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

/// A choice as it is written in a spec, for a message.
fn choice_of(tag: &str, name: &str) -> String {
    format!("`{tag} = \"{name}\"`")
}

/// The choices of a tag with which a key goes, for a message.
pub(super) fn owners(schema: &Json, tag: &str, key: &str) -> String {
    let of_tag = variants(schema).filter(|it| it.tag == tag);
    let owners = of_tag.filter(|it| !it.refuses(key));
    owners.map(|it| it.text()).collect::<Vec<_>>().join(" or ")
}

/// What the schema says of a variant, where it is described.
pub(super) fn choice<'a>(
    root: &'a Json,
    schema: &'a Json,
    variant: &Variant<'_>,
) -> Option<&'a Json> {
    let tag = follow(root, schema.get("properties")?.get(variant.tag)?);
    let mut choices = tag.get("oneOf")?.as_array()?.iter();
    choices.find(|it| it["const"] == variant.name && it.get("description").is_some())
}
