//! The structure of every kind that is known, embedded and read a definition at a time.
//!
//! The files lie in `schemas/`; their format is described there. Each is a sorted dictionary with
//! one definition a line, so that a definition is found by bisection and parsed when the first
//! object has the field that it describes. Nothing else is ever parsed.

use std::{
    collections::HashMap,
    sync::{LazyLock, OnceLock, RwLock},
};

use serde_json::Value as Json;

/// The files; what one does not define is looked up in the first.
const FILES: [&str; 6] = [
    include_str!("../../schemas/kubernetes.json"),
    include_str!("../../schemas/custom-resources/argoproj.io.json"),
    include_str!("../../schemas/custom-resources/bitnami.com.json"),
    include_str!("../../schemas/custom-resources/external-secrets.io.json"),
    include_str!("../../schemas/custom-resources/fluxcd.io.json"),
    include_str!("../../schemas/custom-resources/sparkoperator.k8s.io.json"),
];

/// Where the objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// On the cluster: the object has no namespace.
    Cluster,
    /// In a namespace.
    Namespaced,
}

/// Where the objects of a kind live; none for a kind that is not in the catalogue.
#[must_use]
pub fn scope(group: &str, kind: &str) -> Option<Scope> {
    let prefix = prefix(group, kind);
    let (file, line) = lines_after(&prefix).find(|(_, line)| line.name.starts_with(&prefix))?;
    match definition(file, line.name)? {
        Type::Fields(fields) => fields.scope,
        _ => None,
    }
}

/// The versions of a kind that are known, such as `v2`.
pub fn versions(group: &str, kind: &str) -> impl Iterator<Item = &'static str> {
    all_after(prefix(group, kind))
}

/// The group to which a kind belongs when no group is written: the core's, or else the only one.
#[must_use]
pub fn default_group(kind: &str) -> Option<&'static str> {
    if versions("", kind).next().is_some() {
        return Some("");
    }
    let mut groups = all_after(format!("{kind}.")).filter_map(|rest| Some(rest.split_once('/')?.0));
    let group = groups.next()?;
    groups.all(|other| other == group).then_some(group)
}

/// The kinds of the catalogue without their groups.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    (0..FILES.len())
        .flat_map(|file| lines(file, ""))
        .filter(|line| line.name.starts_with(|it: char| it.is_ascii_uppercase()))
        .filter_map(|line| Some(line.name.split_once(['.', '/'])?.0))
}

/// The structure of a kind.
#[must_use]
pub(super) fn structure(group: &str, version: &str, kind: &str) -> Option<&'static Type> {
    let name = prefix(group, kind) + version;
    (0..FILES.len()).find_map(|file| definition(file, &name))
}

/// What the names of all versions of a kind begin with.
fn prefix(group: &str, kind: &str) -> String {
    let dot = if group.is_empty() { "" } else { "." };
    format!("{kind}{dot}{group}/")
}

/// What follows a prefix in the names of all files.
fn all_after(prefix: String) -> impl Iterator<Item = &'static str> {
    (0..FILES.len()).flat_map(move |file| {
        let prefix = prefix.clone();
        lines(file, &prefix).map_while(move |line| line.name.strip_prefix(prefix.as_str()))
    })
}

/// The first line at or after a name, of each file.
fn lines_after(name: &str) -> impl Iterator<Item = (usize, Line)> {
    (0..FILES.len()).filter_map(move |file| Some((file, lines(file, name).next()?)))
}

/// A definition as it is written.
struct Line {
    name: &'static str,
    json: &'static str,
}

/// The lines of a file from a name on.
fn lines(file: usize, from: &str) -> impl Iterator<Item = Line> + use<> {
    let text = FILES[file]
        .strip_prefix("{\n")
        .and_then(|text| text.strip_suffix("\n}\n"))
        .expect("a schema file begins and ends with a brace on a line of its own");
    let line = |text: &'static str| {
        let (name, json) = text
            .strip_prefix('"')
            .and_then(|text| text.split_once("\":"))
            .expect("a line of a schema file begins with a name");
        Line {
            name,
            json: json.trim_end_matches(','),
        }
    };
    // All lines before `low` have smaller names, and none at or after `high`.
    let (mut low, mut high) = (0, text.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = text[low..middle].rfind('\n').map_or(low, |at| low + at + 1);
        let end = text[middle..]
            .find('\n')
            .map_or(text.len(), |at| middle + at);
        if line(&text[start..end]).name < from {
            low = (end + 1).min(text.len());
        } else {
            high = start;
        }
    }
    text[low..].lines().map(line)
}

/// The type of a definition of a file, parsed once.
fn definition(file: usize, name: &str) -> Option<&'static Type> {
    type Parsed = HashMap<&'static str, &'static Type>;
    static PARSED: LazyLock<[RwLock<Parsed>; FILES.len()]> = LazyLock::new(Default::default);
    const UNPOISONED: &str = "no one panics while holding the lock";

    if let Some(known) = PARSED[file].read().expect(UNPOISONED).get(name) {
        return Some(known);
    }
    let line = lines(file, name).next().filter(|line| line.name == name)?;
    let json = serde_json::from_str(line.json).expect("a schema file is JSON");
    // What is embedded lives as long as the process; so may what is parsed from it.
    let parsed = Box::leak(Box::new(Type::parse(file, json)));
    let mut all = PARSED[file].write().expect(UNPOISONED);
    Some(*all.entry(line.name).or_insert(parsed))
}

/// What a value may be.
#[derive(Debug)]
pub(super) enum Type {
    Any,
    String,
    /// A string of Base64.
    Bytes,
    Boolean,
    Integer {
        minimum: i64,
        maximum: i64,
    },
    Number,
    Quantity,
    IntegerOrString,
    Enumeration {
        known: Vec<String>,
        /// Whether an empty string stands for nothing, as in Kubernetes' own types.
        or_empty: bool,
    },
    List {
        items: Box<Self>,
        /// The fields that tell items apart; without any an item is its own key.
        keys: Option<Vec<Key>>,
    },
    /// The type, or a boolean.
    OrBoolean(Box<Self>),
    Map {
        values: Box<Self>,
        or_null: bool,
    },
    Fields(Fields),
    /// A type of which any part may be missing, because something else completes it.
    Partial(Box<Self>),
    Reference(Reference),
}

/// A field that tells the items of a list apart.
#[derive(Debug)]
pub(super) struct Key {
    pub name: String,
    /// What the server puts there when nothing is written.
    pub default: Option<String>,
}

/// The fields of an object.
#[derive(Debug)]
pub(super) struct Fields {
    scope: Option<Scope>,
    /// Sorted by name.
    known: Vec<(String, Type)>,
    pub required: Vec<String>,
    /// Whether null stands for nothing, as in Kubernetes' own types. A custom resource holds no
    /// null.
    pub or_null: bool,
    /// Whether there may be fields that the catalogue does not know.
    pub open: bool,
}

impl Fields {
    /// The type of a field.
    pub fn get(&self, name: &str) -> Option<&Type> {
        let at = self
            .known
            .binary_search_by(|(known, _)| known.as_str().cmp(name));
        at.ok().map(|at| &self.known[at].1)
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|(name, _)| name.as_str())
    }
}

/// A definition that is parsed when it is first needed.
#[derive(Debug)]
pub(super) struct Reference {
    file: usize,
    name: String,
    resolved: OnceLock<&'static Type>,
}

impl Reference {
    pub fn resolve(&self) -> &'static Type {
        self.resolved.get_or_init(|| {
            definition(self.file, &self.name)
                .or_else(|| definition(0, &self.name))
                .unwrap_or_else(|| panic!("a schema file refers to {}, which is tested", self.name))
        })
    }
}

impl Type {
    fn parse(file: usize, json: Json) -> Self {
        let inner = |json| Box::new(Self::parse(file, json));
        match json {
            Json::String(name) => Self::named(file, &name),
            Json::Array(mut items) => Self::List {
                items: inner(
                    items
                        .pop()
                        .expect("a list in a schema file has the type of its items"),
                ),
                keys: None,
            },
            Json::Object(mut parts) => {
                if let Some(scalar) = parts.remove("is") {
                    let Self::Integer { minimum, maximum } = Self::parse(file, scalar) else {
                        panic!("only integers have bounds in a schema file");
                    };
                    let bound = |name, all| parts.get(name).and_then(Json::as_i64).unwrap_or(all);
                    return Self::Integer {
                        minimum: bound("minimum", minimum),
                        maximum: bound("maximum", maximum),
                    };
                }
                if let Some(values) = parts.remove("enum") {
                    return Self::Enumeration {
                        known: texts(values),
                        or_empty: file == 0,
                    };
                }
                if let Some(items) = parts.remove("list") {
                    return Self::List {
                        items: inner(items),
                        keys: parts.remove("keys").map(Key::parse),
                    };
                }
                if let Some(values) = parts.remove("map") {
                    return Self::Map {
                        values: inner(values),
                        or_null: file == 0,
                    };
                }
                if let Some(schema) = parts.remove("or-boolean") {
                    return Self::OrBoolean(inner(schema));
                }
                if let Some(whole) = parts.remove("partial") {
                    return Self::Partial(inner(whole));
                }
                let Some(Json::Object(known)) = parts.remove("fields") else {
                    panic!("an object in a schema file is one of the forms of schemas/README.md");
                };
                Self::Fields(Fields {
                    scope: parts.get("scope").map(|scope| match scope.as_str() {
                        Some("cluster") => Scope::Cluster,
                        _ => Scope::Namespaced,
                    }),
                    known: known
                        .into_iter()
                        .map(|(name, json)| (name, Self::parse(file, json)))
                        .collect(),
                    required: parts.remove("required").map(texts).unwrap_or_default(),
                    or_null: file == 0,
                    open: parts.contains_key("open"),
                })
            }
            other => panic!("a schema file holds no {other}"),
        }
    }

    fn named(file: usize, name: &str) -> Self {
        match name {
            "any" => Self::Any,
            "string" => Self::String,
            "bytes" => Self::Bytes,
            "boolean" => Self::Boolean,
            "int32" => Self::Integer {
                minimum: i32::MIN.into(),
                maximum: i32::MAX.into(),
            },
            "int64" => Self::Integer {
                minimum: i64::MIN,
                maximum: i64::MAX,
            },
            "number" => Self::Number,
            "quantity" => Self::Quantity,
            "int-or-string" => Self::IntegerOrString,
            _ => Self::Reference(Reference {
                file,
                name: name
                    .strip_prefix('#')
                    .unwrap_or_else(|| panic!("a schema file knows no type {name}"))
                    .to_owned(),
                resolved: OnceLock::new(),
            }),
        }
    }
}

impl Key {
    /// Such as `containerPort` and `protocol=TCP`.
    fn parse(keys: Json) -> Vec<Self> {
        let parsed = texts(keys)
            .into_iter()
            .map(|key| match key.split_once('=') {
                Some((name, default)) => Self {
                    name: name.to_owned(),
                    default: Some(default.to_owned()),
                },
                None => Self {
                    name: key,
                    default: None,
                },
            });
        parsed.collect()
    }
}

fn texts(json: Json) -> Vec<String> {
    serde_json::from_value(json).expect("names in a schema file are a list of strings")
}
