//! The structure of every kind that is known, embedded and parsed a definition at a time.
//!
//! The files lie in `schemas/`; their format is described there. Each has one definition a line,
//! so that finding the lines is all that has to be done before the first object; a definition is
//! parsed when the first object has the field that it describes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{LazyLock, OnceLock},
};

use serde_json::Value as Json;

/// The files; what one does not define is looked up in the first.
const FILES: [&str; 9] = [
    include_str!("../../../../schemas/kubernetes.json"),
    include_str!("../../../../schemas/custom-resources/argoproj.io.json"),
    include_str!("../../../../schemas/custom-resources/bitnami.com.json"),
    include_str!("../../../../schemas/custom-resources/external-secrets.io.json"),
    include_str!("../../../../schemas/custom-resources/fluxcd.io.json"),
    include_str!("../../../../schemas/custom-resources/gateway.networking.k8s.io.json"),
    include_str!("../../../../schemas/custom-resources/monitoring.coreos.com.json"),
    include_str!("../../../../schemas/custom-resources/scheduling.volcano.sh.json"),
    include_str!("../../../../schemas/custom-resources/sparkoperator.k8s.io.json"),
];

/// Which of the files holds the kinds that Kubernetes itself serves.
const KUBERNETES: usize = 0;

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
    let kind = of_name(kind).iter().find(|it| it.group == group)?;
    Some(kind.scope)
}

/// The versions of a kind that are known, such as `v2`.
pub fn versions(group: &str, kind: &str) -> impl Iterator<Item = &'static str> {
    let all = of_name(kind).iter().filter(move |it| it.group == group);
    all.map(|it| it.version)
}

/// The group to which a kind belongs when no group is written: the core's, or else the only one.
#[must_use]
pub fn default_group(kind: &str) -> Option<&'static str> {
    let all = of_name(kind);
    let first = all.first()?.group;
    let is_clear = all.iter().all(|it| it.group == first);
    let is_core = || all.iter().any(|it| it.group.is_empty());
    is_clear
        .then_some(first)
        .or_else(|| is_core().then_some(""))
}

/// Whether Kubernetes itself serves the kind, without a custom resource definition.
#[must_use]
pub fn is_builtin(group: &str, kind: &str) -> bool {
    let mut all = of_name(kind).iter();
    all.any(|it| it.group == group && it.definition.file == KUBERNETES)
}

/// The names of all kinds of the catalogue, without their groups.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    INDEX.kinds.keys().copied()
}

/// The structure of a kind.
#[must_use]
pub(super) fn structure(group: &str, version: &str, kind: &str) -> Option<&'static Type> {
    let is_asked = |it: &&Kind| it.group == group && it.version == version;
    let kind = of_name(kind).iter().find(is_asked)?;
    Some(kind.definition.parsed())
}

fn of_name(kind: &str) -> &'static [Kind] {
    INDEX.kinds.get(kind).map_or(&[], Vec::as_slice)
}

static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

/// The lines of the files by their names.
struct Index {
    kinds: BTreeMap<&'static str, Vec<Kind>>,
    /// What types refer to, by file.
    definitions: [HashMap<&'static str, Definition>; FILES.len()],
}

/// A version of a kind.
struct Kind {
    group: &'static str,
    version: &'static str,
    scope: Scope,
    definition: Definition,
}

/// A definition, parsed when it is first needed.
struct Definition {
    file: usize,
    json: &'static str,
    parsed: OnceLock<Type>,
}

impl Index {
    fn new() -> Self {
        let mut index = Self {
            kinds: BTreeMap::new(),
            definitions: Default::default(),
        };
        for (file, text) in FILES.into_iter().enumerate() {
            // The first and the last line are the braces of the file.
            let lines = text.lines().filter_map(|line| line.strip_prefix('"'));
            for line in lines {
                let (name, json) = line
                    .split_once("\":")
                    .expect("a line of a schema file begins with a name");
                let definition = Definition {
                    file,
                    json: json.trim_end_matches(','),
                    parsed: OnceLock::new(),
                };
                // Kinds are named as `Deployment.apps/v1`, and all else in lower case.
                let is_kind = name.starts_with(|it: char| it.is_ascii_uppercase());
                match name.split_once('/').filter(|_| is_kind) {
                    Some((kind, version)) => {
                        let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
                        let kinds = index.kinds.entry(kind).or_default();
                        kinds.push(Kind::new(group, version, definition));
                    }
                    None => {
                        index.definitions[file].insert(name, definition);
                    }
                }
            }
        }
        index
    }
}

impl Kind {
    fn new(group: &'static str, version: &'static str, definition: Definition) -> Self {
        let is_of_cluster = definition.json.starts_with(r#"{"scope":"cluster""#);
        Self {
            group,
            version,
            scope: if is_of_cluster {
                Scope::Cluster
            } else {
                Scope::Namespaced
            },
            definition,
        }
    }
}

impl Definition {
    fn parsed(&self) -> &Type {
        self.parsed.get_or_init(|| {
            let json = serde_json::from_str(self.json).expect("a schema file is JSON");
            Type::parse(self.file, json)
        })
    }
}

/// What a value may be.
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
    TypeName(TypeName),
}

/// A field that tells the items of a list apart.
pub(super) struct Key {
    pub name: String,
    /// What the server puts there when nothing is written.
    pub default: Option<String>,
}

/// The fields of an object.
pub(super) struct Fields {
    known: BTreeMap<String, Type>,
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
        self.known.get(name)
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
    }
}

/// A name of a definition of the same file, or else of the first.
pub(super) struct TypeName {
    file: usize,
    name: String,
}

impl TypeName {
    pub fn resolve(&self) -> &'static Type {
        let of_file = |file: usize| INDEX.definitions[file].get(self.name.as_str());
        of_file(self.file)
            .or_else(|| of_file(0))
            .unwrap_or_else(|| panic!("a schema file refers to {}, which it lacks", self.name))
            .parsed()
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
            _ => Self::TypeName(TypeName {
                file,
                name: name
                    .strip_prefix('#')
                    .unwrap_or_else(|| panic!("a schema file knows no type {name}"))
                    .to_owned(),
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
