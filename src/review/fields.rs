//! What differs inside of two documents: fields, properties of the files of Spark, fields of the documents
//! inside of texts, and lines of all other texts.

use std::collections::{BTreeMap, BTreeSet};

use similar::{ChangeTag, TextDiff};

use crate::{
    document::{Map, Node, Origin, OriginId, Origins, Sources, Value},
    kubernetes::{ITEM_KEYS, Identity},
    spark::conf,
    spec::child_path,
    spec::collect_origins,
    yaml,
};

/// A field that is not what it was.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The field, as messages print it; of a text with entries, the entry after it.
    pub path: String,
    /// What it said; none for a new field.
    pub before: Option<Said>,
    /// What it says; none for one that is gone.
    pub after: Option<Said>,
}

/// What a field says.
#[derive(Clone, Debug)]
pub struct Said {
    /// The value as text: a string as it is, anything else as JSON.
    pub text: String,
    /// What made it.
    pub origins: Origins,
}

/// What differs between two documents, in the order of the fields.
#[must_use]
pub fn differences(before: &Node, after: &Node) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", before, after, &mut found);
    found
}

/// The same for two versions of an object. What a Secret holds is not shown.
#[must_use]
pub fn of_objects(identity: &Identity, before: &Node, after: &Node) -> Vec<Difference> {
    let mut found = differences(before, after);
    if identity.kind == "Secret" && identity.group.is_empty() {
        let data = ["data.", "stringData."];
        let hidden = found
            .iter_mut()
            .filter(|it| data.iter().any(|data| it.path.starts_with(data)));
        for difference in hidden {
            let sides = [&mut difference.before, &mut difference.after];
            for said in sides.into_iter().flatten() {
                "(not shown)".clone_into(&mut said.text);
            }
        }
    }
    found
}

/// Whether two values are the same, whatever made them.
#[must_use]
pub fn are_same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((key, a), (other, b))| key == other && are_same(a, b))
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| are_same(a, b))
        }
        (one, other) => one == other,
    }
}

impl Said {
    fn of(node: &Node) -> Self {
        let mut origins = BTreeSet::new();
        collect_origins(node, &mut origins);
        Self {
            text: text(node),
            origins: origins.into_iter().collect(),
        }
    }
}

fn text(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        _ => node.to_json().to_string(),
    }
}

fn compare(path: &str, before: &Node, after: &Node, found: &mut Vec<Difference>) {
    match (&before.value, &after.value) {
        (Value::Map(before), Value::Map(after)) => maps(path, before, after, found),
        (Value::List(before), Value::List(after)) => lists(path, before, after, found),
        (Value::String(one), Value::String(other)) if one != other => {
            texts(path, before, after, found);
        }
        _ if are_same(before, after) => {}
        _ => found.push(Difference {
            path: path.to_owned(),
            before: Some(Said::of(before)),
            after: Some(Said::of(after)),
        }),
    }
}

/// What only one of the sides has, or both.
fn one_or_both(
    path: &str,
    before: Option<&Node>,
    after: Option<&Node>,
    found: &mut Vec<Difference>,
) {
    if let (Some(before), Some(after)) = (before, after) {
        return compare(path, before, after, found);
    }
    // A new mapping is told by its entries as far as each is a value; a whole pod would be a wall of text.
    let one = before.or(after).filter(|it| it.as_map().is_some());
    let is_flat = |node: &Node| {
        node.entries()
            .all(|(_, it)| it.as_map().is_none() && it.items().is_empty())
    };
    if let Some(one) = one.filter(|it| is_flat(it) && it.entries().count() > 1) {
        for (key, node) in one.entries() {
            let side = |whole: Option<&Node>| whole.map(|_| node);
            one_or_both(&child_path(path, key), side(before), side(after), found);
        }
        return;
    }
    found.push(Difference {
        path: path.to_owned(),
        before: before.map(Said::of),
        after: after.map(Said::of),
    });
}

fn maps(path: &str, before: &Map, after: &Map, found: &mut Vec<Difference>) {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for key in keys {
        let path = child_path(path, key);
        one_or_both(&path, before.get(key), after.get(key), found);
    }
}

fn lists(path: &str, before: &[Node], after: &[Node], found: &mut Vec<Difference>) {
    let is_value = |it: &Node| it.as_map().is_none() && it.items().is_empty();
    if before.iter().chain(after).all(is_value) {
        return values(path, before, after, found);
    }
    let key = ITEM_KEYS
        .iter()
        .find(|key| [before, after].iter().all(|it| are_told_by(key, it)));
    if let Some(key) = key {
        let by_key = |items| -> BTreeMap<String, &Node> {
            let entries = <[Node]>::iter(items).filter_map(|it| Some((text(it.get(key)?), it)));
            entries.collect()
        };
        let (before, after) = (by_key(before), by_key(after));
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let sides = (before.get(key).copied(), after.get(key).copied());
            one_or_both(&format!("{path}[{key}]"), sides.0, sides.1, found);
        }
        return;
    }
    items(path, before, after, found);
}

/// Whether each item has the field, with a value that no other has.
fn are_told_by(key: &str, items: &[Node]) -> bool {
    let keys: Option<BTreeSet<_>> = items.iter().map(|it| it.get(key).map(text)).collect();
    keys.is_some_and(|it| it.len() == items.len())
}

/// Lists of plain values, such as verbs or arguments: short ones as a whole.
fn values(path: &str, before: &[Node], after: &[Node], found: &mut Vec<Difference>) {
    const SHORT: usize = 120;
    let texts = |items: &[Node]| items.iter().map(text).collect::<Vec<_>>();
    let (old, new) = (texts(before), texts(after));
    if old == new {
        return;
    }
    let length = |all: &[String]| all.iter().map(|it| it.len() + 3).sum::<usize>();
    if length(&old).max(length(&new)) <= SHORT {
        let said = |items: &[Node], others: &[String]| {
            let json: Vec<_> = items.iter().map(Node::to_json).collect();
            let differing = items.iter().filter(|it| !others.contains(&text(it)));
            let mut origins = Origins::none();
            differing.for_each(|it| origins.extend(&it.origins));
            Said {
                text: serde_json::Value::from(json).to_string(),
                origins,
            }
        };
        found.push(Difference {
            path: path.to_owned(),
            before: Some(said(before, &new)),
            after: Some(said(after, &old)),
        });
        return;
    }
    let (old, new) = (
        old.iter().map(String::as_str).collect::<Vec<_>>(),
        new.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    for change in TextDiff::from_slices(&old, &new).iter_all_changes() {
        let item = |at: Option<usize>, items: &[Node]| {
            let at = at?;
            Some((at, Said::of(&items[at])))
        };
        let (at, before, after) = match change.tag() {
            ChangeTag::Equal => continue,
            ChangeTag::Delete => {
                let Some((at, said)) = item(change.old_index(), before) else {
                    continue;
                };
                (at, Some(said), None)
            }
            ChangeTag::Insert => {
                let Some((at, said)) = item(change.new_index(), after) else {
                    continue;
                };
                (at, None, Some(said))
            }
        };
        found.push(Difference {
            path: format!("{path}[{at}]"),
            before,
            after,
        });
    }
}

/// Lists of mappings that nothing tells apart, such as rules: what is the same on both sides is left out, and of the
/// rest each is compared with the one that it is most like.
fn items(path: &str, before: &[Node], after: &[Node], found: &mut Vec<Difference>) {
    let mut gone: Vec<usize> = (0..before.len()).collect();
    let mut new = Vec::new();
    for (at, item) in after.iter().enumerate() {
        match gone.iter().position(|it| are_same(&before[*it], item)) {
            Some(same) => {
                gone.remove(same);
            }
            None => new.push(at),
        }
    }
    for at in new {
        let alike = |it: &usize| likeness(&before[*it], &after[at], "", "");
        let best = gone
            .iter()
            .enumerate()
            .map(|(position, it)| (alike(it), position))
            .filter(|(alike, _)| *alike >= ALIKE)
            .max_by(|(one, at), (other, later)| one.total_cmp(other).then(later.cmp(at)));
        let old = best.map(|(_, position)| &before[gone.remove(position)]);
        one_or_both(&format!("{path}[{at}]"), old, Some(&after[at]), found);
    }
    for at in gone {
        one_or_both(&format!("{path}[{at}]"), Some(&before[at]), None, found);
    }
}

/// From which share of equal values on two documents are versions of one.
pub const ALIKE: f64 = 0.5;

/// The share of values that two documents have in common. What the two are called is taken for the same, wherever it
/// stands in their values.
#[must_use]
pub fn likeness(one: &Node, other: &Node, name_of_one: &str, name_of_other: &str) -> f64 {
    let (one, other) = (leaves(one, name_of_one), leaves(other, name_of_other));
    let common = one.iter().filter(|it| other.contains(*it)).count();
    let all = one.len().max(other.len()).max(1);
    // Precise enough: documents have far fewer values than 2^32.
    f64::from(u32::try_from(common).unwrap_or(u32::MAX))
        / f64::from(u32::try_from(all).unwrap_or(u32::MAX))
}

/// Every value with its path; lines of texts count like values.
fn leaves(node: &Node, name: &str) -> BTreeSet<(String, String)> {
    fn walk(path: &str, node: &Node, name: &str, leaves: &mut BTreeSet<(String, String)>) {
        match &node.value {
            Value::Map(map) => {
                for (key, node) in map {
                    walk(&format!("{path}.{key}"), node, name, leaves);
                }
            }
            Value::List(items) => {
                for node in items {
                    walk(&format!("{path}[]"), node, name, leaves);
                }
            }
            _ => {
                let text = text(node);
                let text = if name.is_empty() {
                    text
                } else {
                    text.replace(name, "\u{0}")
                };
                leaves.extend(text.lines().map(|line| (path.to_owned(), line.to_owned())));
            }
        }
    }
    let mut all = BTreeSet::new();
    walk("", node, name, &mut all);
    all
}

fn texts(path: &str, before: &Node, after: &Node, found: &mut Vec<Difference>) {
    let is_file = [before, after]
        .iter()
        .any(|it| it.as_str().is_some_and(|text| text.contains('\n')));
    if !is_file {
        found.push(Difference {
            path: path.to_owned(),
            before: Some(Said::of(before)),
            after: Some(Said::of(after)),
        });
        return;
    }
    let already = found.len();
    if conf::are_properties(before) && conf::are_properties(after) {
        properties(path, before, after, found);
    } else if let (Some(before), Some(after)) = (documents(path, before), documents(path, after)) {
        let longest = before.len().max(after.len());
        for at in 0..longest {
            let path = match longest {
                1 => format!("{path}:"),
                _ => format!("{path}[{at}]:"),
            };
            let mut inside = Vec::new();
            one_or_both("", before.get(at), after.get(at), &mut inside);
            found.extend(inside.into_iter().map(|it| Difference {
                path: format!("{path} {}", it.path).trim_end().to_owned(),
                ..it
            }));
        }
    } else {
        lines(path, before, after, found);
    }
    // Two texts that say the same and differ in comments or order.
    if found.len() == already {
        lines(path, before, after, found);
    }
}

fn properties(path: &str, before: &Node, after: &Node, found: &mut Vec<Difference>) {
    let read = |text| -> BTreeMap<String, Said> {
        let entries = conf::read(text).into_iter();
        entries
            .map(|(key, text, origins)| (key, Said { text, origins }))
            .collect()
    };
    let (mut before, mut after) = (read(before), read(after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    for key in keys {
        let (before, after) = (before.remove(&key), after.remove(&key));
        if before.as_ref().map(|it| &it.text) != after.as_ref().map(|it| &it.text) {
            found.push(Difference {
                path: format!("{path}: {key}"),
                before,
                after,
            });
        }
    }
}

/// The documents in a text that is called like a file of them. Each value has the origins of its line.
fn documents(path: &str, text: &Node) -> Option<Vec<Node>> {
    let is_called_so = ["yaml", "yml", "json"].iter().any(|it| {
        let stem = path.trim_end_matches('"').strip_suffix(it);
        stem.is_some_and(|it| it.ends_with('.'))
    });
    let mut sources = Sources::default();
    let file = sources.add_file(path, text.as_str().filter(|_| is_called_so)?);
    let mut documents = yaml::read(&mut sources, file).ok()?;
    for document in &mut documents {
        take_origins(document, text, &sources);
    }
    Some(documents)
}

/// Replaces the places in a text by what made its lines.
fn take_origins(node: &mut Node, text: &Node, sources: &Sources) {
    let line = |id: OriginId| match sources.origin(id) {
        Origin::Manifest { value, .. } => text.lines.get(sources.line(value) - 1),
        Origin::Spec { .. } | Origin::Default { .. } | Origin::Computed(_) => None,
    };
    let mut origins = Origins::none();
    for id in node.origins.iter() {
        origins.extend(line(id).unwrap_or(&text.origins));
    }
    node.origins = origins;
    for child in node.children_mut() {
        take_origins(child, text, sources);
    }
}

/// Lines of a script or anything else; those in a row are one difference.
fn lines(path: &str, before: &Node, after: &Node, found: &mut Vec<Difference>) {
    let (old, new) = (
        before.as_str().unwrap_or_default(),
        after.as_str().unwrap_or_default(),
    );
    let diff = TextDiff::from_lines(old, new);
    for operation in diff.ops() {
        let said = |side: &Node, whole: &str, range: std::ops::Range<usize>| {
            if range.is_empty() {
                return None;
            }
            let all: Vec<_> = whole.split_inclusive('\n').collect();
            let mut origins = Origins::none();
            for at in range.clone() {
                origins.extend(side.lines.get(at).unwrap_or(&side.origins));
            }
            let text = all.get(range).unwrap_or_default().concat();
            Some(Said {
                text: text.trim_end_matches('\n').to_owned(),
                origins,
            })
        };
        if operation.tag() == similar::DiffTag::Equal {
            continue;
        }
        found.push(Difference {
            path: format!("{path}: line {}", operation.new_range().start + 1),
            before: said(before, old, operation.old_range()),
            after: said(after, new, operation.new_range()),
        });
    }
}
