//! A document in memory: a tree of values in which every node knows where it came from.
//!
//! Specs, raw manifests, template contexts and finished objects are all [`Node`]s, so an origin
//! survives every stage between a line of TOML and a field of an object.

mod deserialize;
mod sourced;
mod sources;

use std::collections::BTreeMap;

pub use deserialize::{DeserializeError, deserialize};
pub use sourced::Sourced;
pub use sources::{Arithmetic, File, FileId, Origin, OriginId, Place, Sources, Term};

/// How deep values may be nested: far more than any custom resource definition does, and little
/// enough for code that walks a document by recursion.
pub const DEEPEST: usize = 200;

/// How large a document may become by what it says once and has repeated, as [`Node::size`] counts: enough for
/// shared labels, too little for a text of a kilobyte that stands for gigabytes ("billion laughs").
pub const MOST_REPEATED: usize = 100_000;

/// The mapping of a document; sorted, because no reader of TOML, JSON or YAML may rely on order.
pub type Map = BTreeMap<String, Node>;

/// A value and the places that made it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The value itself.
    pub value: Value,
    /// What made the value; empty when it stands in a template as a constant.
    pub origins: Origins,
    /// For a string of several lines, what made each line; empty when no line differs.
    pub lines: Vec<Origins>,
}

/// What a node holds; the data model that TOML, JSON and YAML share.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// YAML's and JSON's null; TOML has none.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A finite number with a fraction.
    Float(f64),
    /// A string, of one line or many.
    String(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Map),
}

/// The set of origins of one value: the one that a message underlines, then the others, sorted and without
/// repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(Vec<OriginId>);

impl Origins {
    /// No origin: a constant.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// The origins, first the one that a message underlines.
    pub fn iter(&self) -> impl Iterator<Item = OriginId> + '_ {
        self.0.iter().copied()
    }

    /// The first origin, which a message underlines.
    #[must_use]
    pub fn first(&self) -> Option<OriginId> {
        self.0.first().copied()
    }

    /// Whether nothing but a constant made the value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds what made another value that went into this one.
    pub fn extend(&mut self, other: &Self) {
        let Some(first) = other.first() else {
            return;
        };
        let own = self.first();
        self.add(other);
        if own.is_some_and(|own| first < own) {
            self.0.retain(|it| *it != first);
            self.0.sort_unstable();
            self.0.insert(0, first);
        }
    }

    /// Adds origins, none of which becomes the first where there is one.
    fn add(&mut self, other: &Self) {
        if self.is_empty() {
            self.0.clone_from(&other.0);
            return;
        }
        let first = self.0[0];
        for id in other.iter().filter(|it| *it != first) {
            if let Err(at) = self.0[1..].binary_search(&id) {
                self.0.insert(at + 1, id);
            }
        }
    }

    /// The origins of a value computed from two others.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.extend(other);
        self
    }

    /// Those that are in both.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        Self(self.iter().filter(|it| other.0.contains(it)).collect())
    }

    /// The same, and what chose the value or says how it was computed: a message still underlines what made it.
    #[must_use]
    pub fn chosen_by(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }
}

impl From<OriginId> for Origins {
    fn from(id: OriginId) -> Self {
        Self(vec![id])
    }
}

impl FromIterator<OriginId> for Origins {
    fn from_iter<I: IntoIterator<Item = OriginId>>(ids: I) -> Self {
        let mut ids: Vec<_> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        Self(ids)
    }
}

impl Node {
    /// A value with its origins.
    #[must_use]
    pub fn new(value: impl Into<Value>, origins: Origins) -> Self {
        Self {
            value: value.into(),
            origins,
            lines: Vec::new(),
        }
    }

    /// An empty mapping.
    #[must_use]
    pub fn map() -> Self {
        Self::new(Value::Map(Map::new()), Origins::none())
    }

    /// Adds to every field in it what chose that it is there.
    pub fn choose(&mut self, by: &Origins) {
        let mut is_field = true;
        for child in self.children_mut() {
            is_field = false;
            child.choose(by);
        }
        if is_field {
            self.origins.add(by);
            self.lines.iter_mut().for_each(|it| it.add(by));
        }
    }

    /// Adds to every value in it what made the same value of another document that says the same.
    pub fn share(&mut self, other: &Self) {
        self.origins.extend(&other.origins);
        for (own, others) in self.lines.iter_mut().zip(&other.lines) {
            own.extend(others);
        }
        match (&mut self.value, &other.value) {
            (Value::Map(own), Value::Map(others)) => {
                for (own, others) in own.values_mut().zip(others.values()) {
                    own.share(others);
                }
            }
            (Value::List(own), Value::List(others)) => {
                own.iter_mut()
                    .zip(others)
                    .for_each(|(own, others)| own.share(others));
            }
            _ => {}
        }
    }

    /// The node under a key, when this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.get(key)
    }

    /// The node at the end of a path of keys.
    #[must_use]
    pub fn at<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&Self> {
        path.into_iter().try_fold(self, |node, key| node.get(key))
    }

    /// The string under a path of keys.
    #[must_use]
    pub fn str_at<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// The items under a path of keys; nothing when there is no list.
    pub fn list_at<'a>(&self, path: impl IntoIterator<Item = &'a str>) -> &[Self] {
        self.at(path).map_or(&[], Self::items)
    }

    /// The items of a list; nothing for any other value.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; nothing for any other value.
    pub fn entries(&self) -> impl Iterator<Item = (&String, &Self)> {
        self.as_map().into_iter().flatten()
    }

    /// The values directly inside, to be changed.
    pub fn children_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        let (items, map) = match &mut self.value {
            Value::List(items) => (Some(items), None),
            Value::Map(map) => (None, Some(map)),
            _ => (None, None),
        };
        let items = items.into_iter().flatten();
        items.chain(map.into_iter().flat_map(Map::values_mut))
    }

    /// The mapping, when this is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The mapping to change, when this is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The string, when this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, when this is one.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        match self.value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// The boolean, when this is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// Puts a value under a key of this mapping.
    ///
    /// # Panics
    /// When this node is not a mapping: only code that has just made one calls this.
    pub fn insert(&mut self, key: impl Into<String>, node: impl Into<Self>) {
        self.as_map_mut()
            .expect("only a mapping takes entries")
            .insert(key.into(), node.into());
    }

    /// Takes a key out of this mapping, when it is one that has it.
    pub fn remove(&mut self, key: &str) {
        if let Some(map) = self.as_map_mut() {
            map.remove(key);
        }
    }

    /// The mapping at the end of a path of keys, made where there is none.
    pub fn entry_at(&mut self, path: &[&str]) -> &mut Self {
        let mut at = self;
        for key in path {
            at = at.mapping().entry((*key).to_owned()).or_default();
        }
        at.mapping();
        at
    }

    /// The mapping that this is, or is made.
    fn mapping(&mut self) -> &mut Map {
        if self.as_map().is_none() {
            *self = Self::map();
        }
        self.as_map_mut()
            .expect("it is a mapping since the line above")
    }

    /// How many values it holds, itself included; in a text, each line and each hundred bytes count as one more.
    #[must_use]
    pub fn size(&self) -> usize {
        let of_text = |text: &str| text.len() / 100;
        let inside = match &self.value {
            Value::String(text) => of_text(text) + self.lines.len(),
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(map) => map
                .iter()
                .map(|(key, value)| of_text(key) + value.size())
                .sum(),
            _ => 0,
        };
        1 + inside
    }

    /// How many levels are inside.
    #[must_use]
    pub fn depth(&self) -> usize {
        let inside = self
            .items()
            .iter()
            .chain(self.as_map().into_iter().flat_map(Map::values));
        inside.map(|it| 1 + it.depth()).max().unwrap_or(0)
    }

    /// The value without origins, for libraries that speak JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => (*number).into(),
            Value::String(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Map(map) => map
                .iter()
                .map(|(key, node)| (key.clone(), node.to_json()))
                .collect(),
        }
    }
}

impl Value {
    /// What the value is, in the words of a message.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a table",
        }
    }
}

impl<T: Into<Value>> From<T> for Node {
    fn from(value: T) -> Self {
        Self::new(value, Origins::none())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Integer(number.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::String(text.clone())
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Map(map)
    }
}

impl From<Vec<Node>> for Value {
    fn from(items: Vec<Node>) -> Self {
        Self::List(items)
    }
}
