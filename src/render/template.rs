//! Templates that never see a value.
//!
//! A template holds the shape of an object and no logic beyond `if`, `unless` and `each`. `build/templates.rs`
//! parses it, as Handlebars and as YAML, before any value exists; here the typed values are put into
//! their places. So no value can change a document's structure, and every leaf knows what made it.

use std::collections::BTreeMap;

use super::shape::{Entry, Item, Piece, Shape};
use crate::document::{Map, Node, Origins, Value};

/// A template, compiled into the program.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// The path of its file below `src`, for `explain`.
    pub name: &'static str,
    /// Its shape.
    pub shape: &'static Shape,
}

/// The template of a file below `src`.
macro_rules! template {
    ($file:literal) => {
        $crate::render::Template {
            name: $file,
            shape: &include!(concat!(env!("OUT_DIR"), "/", $file, ".rs")),
        }
    };
}
pub(crate) use template;

/// What a template may refer to.
#[derive(Clone, Debug, Default)]
pub struct Context(BTreeMap<&'static str, Slot>);

#[derive(Clone, Debug)]
enum Slot {
    Value(Node),
    Flag(bool, Origins),
    List(Vec<Context>),
}

impl Context {
    /// A context without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A value to put in: a scalar, or a whole tree.
    #[must_use]
    pub fn value(mut self, name: &'static str, value: impl Into<Node>) -> Self {
        self.0.insert(name, Slot::Value(value.into()));
        self
    }

    /// A value that may be absent, for `if`.
    #[must_use]
    pub fn optional(self, name: &'static str, value: Option<impl Into<Node>>) -> Self {
        match value {
            Some(value) => self.value(name, value),
            None => self.flag(name, false),
        }
    }

    /// A condition; it has no place of its own.
    #[must_use]
    pub fn flag(self, name: &'static str, flag: bool) -> Self {
        self.choice(name, flag, &Origins::none())
    }

    /// A condition with what decides it, which everything that depends on it then names.
    #[must_use]
    pub fn choice(mut self, name: &'static str, flag: bool, decided_by: &Origins) -> Self {
        self.0.insert(name, Slot::Flag(flag, decided_by.clone()));
        self
    }

    /// Something to repeat.
    #[must_use]
    pub fn list(mut self, name: &'static str, items: Vec<Self>) -> Self {
        self.0.insert(name, Slot::List(items));
        self
    }
}

impl Template {
    /// Makes one document.
    ///
    /// # Panics
    /// When the template names what the context lacks: both are part of the program, and every golden
    /// case renders them.
    #[must_use]
    pub fn render(self, context: &Context) -> Node {
        let scope = Scope {
            template: self.name,
            contexts: &[context],
        };
        scope.shape(self.shape)
    }
}

/// The contexts that names are looked up in, the innermost last.
struct Scope<'a> {
    template: &'static str,
    contexts: &'a [&'a Context],
}

impl Scope<'_> {
    fn slot(&self, name: &str) -> &Slot {
        let mut contexts = self.contexts.iter().rev();
        contexts
            .find_map(|context| context.0.get(name))
            .unwrap_or_else(|| panic!("template {}: nothing is called `{name}`", self.template))
    }

    fn value(&self, name: &str) -> &Node {
        match self.slot(name) {
            Slot::Value(node) => node,
            _ => panic!("template {}: `{name}` is not a value", self.template),
        }
    }

    /// Whether a condition is what is wanted; then with what decided it.
    fn decided(&self, name: &str, wanted: bool) -> Option<&Origins> {
        const NOBODY: &Origins = &Origins::none();
        let (holds, decided_by) = match self.slot(name) {
            Slot::Value(_) => (true, NOBODY),
            Slot::Flag(flag, decided_by) => (*flag, decided_by),
            Slot::List(items) => (!items.is_empty(), NOBODY),
        };
        (holds == wanted).then_some(decided_by)
    }

    fn each(&self, name: &str, mut visit: impl FnMut(&Scope<'_>)) {
        let Slot::List(items) = self.slot(name) else {
            panic!("template {}: `{name}` is not a list", self.template);
        };
        for item in items {
            let contexts: Vec<_> = self.contexts.iter().copied().chain([item]).collect();
            visit(&Scope {
                template: self.template,
                contexts: &contexts,
            });
        }
    }

    fn shape(&self, shape: &Shape) -> Node {
        match shape {
            Shape::Null => Node::default(),
            Shape::Bool(flag) => (*flag).into(),
            Shape::Integer(number) => (*number).into(),
            Shape::Text(parts) => self.text(parts),
            Shape::Slot(name) => self.value(name).clone(),
            Shape::List(items) => {
                let mut list = Vec::with_capacity(items.len());
                self.items(items, &mut list);
                list.into()
            }
            Shape::Map(entries) => {
                let mut map = Map::new();
                self.entries(entries, &mut map);
                map.into()
            }
        }
    }

    fn items(&self, items: &[Item], list: &mut Vec<Node>) {
        for item in items {
            match item {
                Item::One(shape) => list.push(self.shape(shape)),
                Item::When(name, wanted, items) => {
                    if let Some(by) = self.decided(name, *wanted) {
                        let first = list.len();
                        self.items(items, list);
                        for node in &mut list[first..] {
                            node.choose(by);
                        }
                    }
                }
                Item::Each(name, items) => self.each(name, |scope| scope.items(items, list)),
            }
        }
    }

    fn entries(&self, entries: &[Entry], map: &mut Map) {
        for entry in entries {
            match entry {
                Entry::One(key, shape) => {
                    let key = self.text(key);
                    let mut node = self.shape(shape);
                    // A key made from a setting makes the entry; its value may be a constant.
                    node.origins.extend(&key.origins);
                    let name = key.as_str().unwrap_or_default().to_owned();
                    map.insert(name, node);
                }
                Entry::When(name, wanted, entries) => {
                    if let Some(by) = self.decided(name, *wanted) {
                        let mut chosen = Map::new();
                        self.entries(entries, &mut chosen);
                        for node in chosen.values_mut() {
                            node.choose(by);
                        }
                        map.append(&mut chosen);
                    }
                }
                Entry::Each(name, entries) => {
                    self.each(name, |scope| scope.entries(entries, map));
                }
            }
        }
    }

    /// A text, with what made each of its lines when there are several.
    fn text(&self, parts: &[Piece]) -> Node {
        let mut text = String::new();
        let mut lines = vec![Origins::none()];
        for part in parts {
            let (piece, origins) = match part {
                Piece::Literal(literal) => ((*literal).to_owned(), None),
                Piece::Number(number) => (number.to_string(), None),
                Piece::Place(name) => {
                    let node = self.value(name);
                    (self.scalar(name, node), Some(&node.origins))
                }
            };
            for (index, _) in piece.split('\n').enumerate() {
                if index > 0 {
                    lines.push(Origins::none());
                }
                if let (Some(origins), Some(line)) = (origins, lines.last_mut()) {
                    line.extend(origins);
                }
            }
            text.push_str(&piece);
        }
        let mut node = Node::from("");
        for line in &lines {
            node.origins.extend(line);
        }
        // After the last line break there is no line.
        if text.ends_with('\n') {
            lines.pop();
        }
        if lines.len() > 1 && !node.origins.is_empty() {
            node.lines = lines;
        }
        node.value = text.into();
        node
    }

    fn scalar(&self, name: &str, node: &Node) -> String {
        match &node.value {
            Value::String(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            other => panic!(
                "template {}: `{name}` is {} inside a text",
                self.template,
                other.kind()
            ),
        }
    }
}
