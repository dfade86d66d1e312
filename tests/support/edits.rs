//! Other values for what a spec says: what a test writes instead, to see what depends on it.

use std::collections::BTreeMap;

use kiln::{
    components,
    document::{Node, Value},
    spec,
};
use serde_json::Value as Json;

/// A repository in memory.
pub type World = BTreeMap<String, Vec<u8>>;

/// The spec with its defaults.
pub fn completed(world: &World, environment: &str) -> Node {
    let (mut source, _) = spec::read(world, environment);
    let _ = spec::validate(&mut source, components::schema());
    source.root
}

/// Other values of a node, as TOML: what its schema lists, names that are there, texts and numbers near it.
pub fn alternatives(defaults: &Node, node: &Node, schema: Option<&Json>) -> Vec<String> {
    let quoted = |text: &str| Json::from(text).to_string();
    let written = node.to_json().to_string();
    let mut others: Vec<String> = match &node.value {
        Value::Bool(flag) => vec![(!flag).to_string()],
        Value::Integer(number) => vec![
            (number + 1).to_string(),
            (number - 1).to_string(),
            (number * 8).to_string(),
        ],
        Value::String(text) => {
            let listed = schema.and_then(listed);
            let names = schema.and_then(|it| it.get("x-kiln-reference"));
            match (listed, names.and_then(Json::as_str)) {
                (Some(listed), _) => listed.iter().map(ToString::to_string).collect(),
                (None, Some(table)) => {
                    let twin = (table == "namespaces").then(|| quoted(TWIN));
                    let table = node_at(defaults, table);
                    let entries = table.into_iter().flat_map(Node::entries);
                    let keys = entries.map(|(key, _)| quoted(key));
                    let items = table.map_or(&[][..], Node::items).iter();
                    twin.into_iter()
                        .chain(keys)
                        .chain(items.map(|it| it.to_json().to_string()))
                        .collect()
                }
                (None, None) => {
                    let shown = schema.and_then(|it| it.get("examples")?.as_array());
                    let shown = shown.into_iter().flatten().map(ToString::to_string);
                    let others = variants(text).into_iter();
                    others.map(|it| quoted(&it)).chain(shown).collect()
                }
            }
        }
        _ => Vec::new(),
    };
    others.retain(|it| *it != written);
    others
}

/// A namespace that a reference can name instead of any other: it holds every Secret, and jobs may
/// run there.
pub const TWIN: &str = "twin";

pub fn add_twin(world: &mut World) {
    for bytes in world.values_mut() {
        let text = std::str::from_utf8(bytes).expect("the environments are text");
        let held = text.lines().map(|line| match line.strip_suffix(']') {
            Some(start) if line.contains("namespaces = [") && !line.contains(TWIN) => {
                format!("{start}, \"{TWIN}\"]\n")
            }
            _ => format!("{line}\n"),
        });
        *bytes = held.collect::<String>().into_bytes();
    }
    let base = world.get_mut("environments/_base.toml");
    let base = base.expect("the environments have a base");
    base.extend(format!("\n[namespaces.{TWIN}]\n").bytes());
}

/// Other texts of the same shape: every number in it one greater, and letters at the ends.
pub fn variants(text: &str) -> Vec<String> {
    let mut others = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes[at..].iter().take_while(|it| it.is_ascii_digit());
        let end = at + digits.count();
        if let Ok(number) = text[at..end].parse::<u64>() {
            others.push(format!("{}{}{}", &text[..at], number + 1, &text[end..]));
            if number > 0 {
                others.push(format!("{}{}{}", &text[..at], number - 1, &text[end..]));
            }
            // What grows in steps, such as a share with a least amount, needs a larger one.
            others.push(format!("{}{}{}", &text[..at], number * 8, &text[end..]));
        }
        at = end.max(at + 1);
    }
    // The one that is more often legal first: names and versions rarely hold a letter at the end.
    others.push(format!("{text}x"));
    others.push(text.replace("https:", "http:"));
    others.push(format!("x{text}"));
    if let Some((before, after)) = text.rsplit_once('.') {
        others.push(format!("{before}x.{after}"));
    }
    if let Some((before, after)) = text.rsplit_once('/') {
        others.push(format!("{before}/x{after}"));
    }
    others.retain(|it| it != text);
    others
}

/// The node at a dotted path, as origins write it.
pub fn node_at<'a>(root: &'a Node, path: &str) -> Option<&'a Node> {
    steps(path).iter().try_fold(root, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Index(index) => node.items().get(*index),
    })
}

pub enum Step {
    Key(String),
    Index(usize),
}

pub fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.trim_start_matches('.');
        if rest.starts_with('"') {
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<String>();
            let key = stream.next().expect("a key").expect("a quoted key is JSON");
            rest = &rest[stream.byte_offset()..];
            steps.push(Step::Key(key));
        } else if let Some(inner) = rest.strip_prefix('[') {
            let (index, after) = inner.split_once(']').expect("an index is closed");
            steps.push(Step::Index(index.parse().expect("an index is a number")));
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Key(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    steps
}

/// The schema of a key of a spec.
pub fn schema_at(path: &str) -> Option<&'static Json> {
    let root = &components::schema().json;
    let follow = |mut schema: &'static Json| {
        loop {
            let all = schema.get("allOf").and_then(|it| it.get(0));
            let all = all.filter(|it| it.get("$ref").is_some());
            if listed(schema).is_some() {
                return schema;
            }
            let any = ["anyOf", "oneOf"]
                .iter()
                .find_map(|it| schema.get(*it)?.get(0));
            let reference = schema.get("$ref").and_then(Json::as_str);
            schema = match (reference, all.or(any)) {
                (Some(pointer), _) => root.pointer(&pointer[1..]).expect("references resolve"),
                (None, Some(inner)) => inner,
                (None, None) => return schema,
            };
        }
    };
    steps(path).iter().try_fold(root, |schema, step| {
        let schema = follow(schema);
        let inner = match step {
            Step::Key(key) => schema
                .get("properties")
                .and_then(|it| it.get(key))
                .or_else(|| schema.get("additionalProperties")),
            Step::Index(_) => schema.get("items"),
        };
        inner.map(follow)
    })
}

/// The values that a schema lists: as an enumeration, or one by one with a description each.
pub fn listed(schema: &Json) -> Option<Vec<&Json>> {
    if let Some(values) = schema.get("enum") {
        return Some(values.as_array()?.iter().collect());
    }
    let mut values = Vec::new();
    for branch in schema.get("oneOf")?.as_array()? {
        match (branch.get("const"), branch.get("enum")) {
            (Some(value), _) => values.push(value),
            (None, Some(some)) => values.extend(some.as_array()?),
            (None, None) => return None,
        }
    }
    Some(values)
}
