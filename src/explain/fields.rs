//! The fields of a document, and what lies inside of its texts: properties, documents, lines.

use super::path::steps;
use crate::{
    document::{Node, Origin, Origins, Sources, Value},
    kubernetes::ITEM_KEYS,
    spark::conf::are_properties,
    spec::child_path,
    yaml,
};

/// A field that holds no others, or a line of a text.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// The path in the document, as messages print it.
    pub path: String,
    /// Which line of the text that stands there, when it is about one.
    pub inside: Option<Inside<'a>>,
    /// The value that stands there.
    pub node: &'a Node,
    /// What made it.
    pub origins: &'a Origins,
}

/// A line of a text.
#[derive(Clone, Debug)]
pub struct Inside<'a> {
    /// The number of the line, from 1.
    pub line: usize,
    /// The line.
    pub text: &'a str,
}

/// All fields of a document in order. A text of which each line knows what made it is as many fields.
#[must_use]
pub fn fields(node: &Node) -> Vec<Field<'_>> {
    let mut found = Vec::new();
    walk(node, "", &mut |path, node| {
        if node.lines.is_empty() {
            found.push(whole(path, node));
        } else {
            found.extend(lines(path, node));
        }
    });
    found
}

/// The fields at a path, in any notation: below it, at it, or inside of the text at it. A property of Spark needs
/// no path.
#[must_use]
pub fn select<'a>(node: &'a Node, path: &str) -> Vec<Field<'a>> {
    let wanted = by_position(node, steps(path));
    let exact = matching(node, |at| at.starts_with(&wanted));
    if !exact.is_empty() {
        return exact;
    }
    // Whoever writes no quotes cannot tell a dot in a key from one between keys.
    let plain = wanted.join(".");
    let unquoted = matching(node, |at| {
        let at = at.join(".");
        let below = at.strip_prefix(&plain);
        below.is_some_and(|it| it.is_empty() || it.starts_with('.'))
    });
    if !unquoted.is_empty() {
        return unquoted;
    }
    matching(node, |at| {
        at.last() == Some(&plain) || at.last().map(String::as_str) == Some(path)
    })
}

/// Steps in which an item of a list may be told by its name, as in `containers[spark]`, with its position instead.
fn by_position(node: &Node, mut steps: Vec<String>) -> Vec<String> {
    let mut here = Some(node);
    for step in &mut steps {
        let items = here.map_or(&[][..], Node::items);
        let is_named = |item: &Node| {
            ITEM_KEYS
                .iter()
                .filter_map(|it| item.get(it))
                .any(|it| match it.as_str() {
                    Some(text) => text == step,
                    None => it.as_integer().is_some_and(|it| step.parse() == Ok(it)),
                })
        };
        if step.parse::<usize>().is_err()
            && let Some(at) = items.iter().position(is_named)
        {
            *step = at.to_string();
        }
        let position = step.parse::<usize>().ok();
        here = here.and_then(|it| it.get(step).or_else(|| it.items().get(position?)));
    }
    steps
}

/// The fields of which the steps are what is wanted.
fn matching(node: &Node, is_wanted: impl Fn(&[String]) -> bool) -> Vec<Field<'_>> {
    let mut found = Vec::new();
    walk(node, "", &mut |path, node| {
        let at = steps(path);
        if is_wanted(&at) {
            if node.lines.is_empty() {
                found.push(whole(path, node));
            } else {
                found.extend(lines(path, node));
            }
            return;
        }
        let keys = keys(node);
        if keys.is_empty() {
            return;
        }
        let is_it = |line: usize| {
            let mut here = keys.iter().filter(|(of, _)| *of == line);
            here.any(|(_, inner)| is_wanted(&[&at[..], inner].concat()))
        };
        found.extend(
            lines(path, node).filter(|it| it.inside.as_ref().is_some_and(|it| is_it(it.line))),
        );
    });
    found
}

fn whole<'a>(path: &str, node: &'a Node) -> Field<'a> {
    Field {
        path: path.to_owned(),
        inside: None,
        node,
        origins: &node.origins,
    }
}

/// The lines of a text as fields.
fn lines<'a>(path: &str, node: &'a Node) -> impl Iterator<Item = Field<'a>> {
    let text = node.as_str().unwrap_or_default();
    text.lines().enumerate().map(move |(at, text)| Field {
        path: path.to_owned(),
        inside: Some(Inside { line: at + 1, text }),
        node,
        origins: node.lines.get(at).unwrap_or(&node.origins),
    })
}

/// The keys inside of a text, each with its line: of properties, or of a document of YAML or JSON.
fn keys(node: &Node) -> Vec<(usize, Vec<String>)> {
    let text = node.as_str().unwrap_or_default();
    if are_properties(node) {
        let of_line = |line: &str| Some(line.split(['=', ':', ' ', '\t']).next()?.to_owned());
        let keys = text.lines().enumerate();
        return keys
            .filter_map(|(at, line)| Some((at + 1, vec![of_line(line)?])))
            .collect();
    }
    // One word is a document, too.
    if !text.contains(['\n', '{']) {
        return Vec::new();
    }
    let mut sources = Sources::default();
    let file = sources.add_file("", text);
    let documents = yaml::read(&mut sources, file).unwrap_or_default();
    let mut keys = Vec::new();
    for document in documents.iter().filter(|it| !is_scalar(it)) {
        walk(document, "", &mut |path, leaf| {
            let Some(Origin::Manifest { key, value }) =
                leaf.origins.first().map(|it| sources.origin(it))
            else {
                return;
            };
            let first = sources.line(key.as_ref().unwrap_or(value));
            let (last, _) = sources.file(file).line(value.span.end.saturating_sub(1));
            keys.extend((first..=last.max(first)).map(|line| (line, steps(path))));
        });
    }
    keys
}

const fn is_scalar(node: &Node) -> bool {
    !matches!(node.value, Value::Map(_) | Value::List(_))
}

/// Visits every leaf with its path.
fn walk<'a>(node: &'a Node, path: &str, visit: &mut impl FnMut(&str, &'a Node)) {
    match &node.value {
        Value::Map(map) if !map.is_empty() => {
            for (key, child) in map {
                walk(child, &child_path(path, key), visit);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &format!("{path}[{index}]"), visit);
            }
        }
        _ => visit(path, node),
    }
}
