//! Templates that never see a value.
//!
//! A template holds the shape of an object and no logic beyond `if`, `unless` and `each`. Rendering
//! writes an opaque token for each place of the context, parses the text as YAML, and only then puts
//! the typed values where their tokens stand. So no value can change a document's structure, and
//! every leaf knows what made it.

use std::{collections::BTreeMap, collections::HashMap};

use handlebars::Handlebars;
use serde_json::Value as Json;

use crate::document::{Map, Node, Origins, Value};

/// Characters of the private use area: no template holds them (a test looks), YAML takes them as
/// text, and no value is part of the text in which they stand.
const OPEN: char = '\u{e000}';
const CLOSE: char = '\u{e001}';

/// The text of a template, compiled into the program.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// The path below `src/components`, for `explain`.
    pub name: &'static str,
    /// The text.
    pub text: &'static str,
}

/// What a template may refer to.
#[derive(Clone, Debug, Default)]
pub struct Context(BTreeMap<&'static str, Slot>);

#[derive(Clone, Debug)]
enum Slot {
    Value(Node),
    Flag(bool),
    List(Vec<Context>),
}

impl Context {
    /// A context without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A value to print: a scalar, or a whole tree where a token stands for it.
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

    /// A condition; it cannot be printed.
    #[must_use]
    pub fn flag(mut self, name: &'static str, flag: bool) -> Self {
        self.0.insert(name, Slot::Flag(flag));
        self
    }

    /// Something to repeat.
    #[must_use]
    pub fn list(mut self, name: &'static str, items: Vec<Self>) -> Self {
        self.0.insert(name, Slot::List(items));
        self
    }

    /// The same shape with tokens instead of values.
    fn tokens<'a>(&'a self, values: &mut Vec<&'a Node>) -> Json {
        self.0
            .iter()
            .map(|(name, slot)| {
                let json = match slot {
                    Slot::Value(node) => {
                        values.push(node);
                        Json::String(format!("{OPEN}{}{CLOSE}", values.len() - 1))
                    }
                    Slot::Flag(flag) => Json::Bool(*flag),
                    Slot::List(items) => items.iter().map(|item| item.tokens(values)).collect(),
                };
                ((*name).to_owned(), json)
            })
            .collect()
    }
}

impl Default for Renderer {
    fn default() -> Self {
        Self::new()
    }
}

/// Renders templates; keeps what it has compiled and parsed.
pub struct Renderer {
    handlebars: Handlebars<'static>,
    /// Parsed documents by text. Two objects of one shape render to the same text, because the text
    /// holds no values: ten thousand applications are parsed once.
    documents: HashMap<String, serde_yaml::Value>,
}

impl Renderer {
    /// A renderer that has seen no template yet.
    #[must_use]
    pub fn new() -> Self {
        let mut handlebars = Handlebars::new();
        handlebars.set_strict_mode(true);
        handlebars.register_escape_fn(handlebars::no_escape);
        Self {
            handlebars,
            documents: HashMap::new(),
        }
    }

    /// Renders one document.
    ///
    /// # Panics
    /// When the template is wrong: it is part of the program, and every golden case renders it.
    pub fn render(&mut self, template: Template, context: &Context) -> Node {
        let broken = |why: &dyn std::fmt::Display| -> ! {
            panic!("template {}: {why}", template.name);
        };
        let mut values = Vec::new();
        let tokens = context.tokens(&mut values);
        let text = if template.text.contains("{{") {
            if !self.handlebars.has_template(template.name) {
                self.handlebars
                    .register_template_string(template.name, template.text)
                    .unwrap_or_else(|error| broken(&error));
            }
            let rendered = self.handlebars.render(template.name, &tokens);
            rendered.unwrap_or_else(|error| broken(&error))
        } else {
            // A definition of a resource is long and has no gaps to fill: its parse would be a third
            // of a compile.
            template.text.to_owned()
        };
        if !self.documents.contains_key(&text) {
            let document = serde_yaml::from_str(&text)
                .unwrap_or_else(|error| broken(&format!("{error}\n{text}")));
            self.documents.insert(text.clone(), document);
        }
        fill(&self.documents[&text], &values)
    }
}

/// Puts values where their tokens stand.
fn fill(document: &serde_yaml::Value, values: &[&Node]) -> Node {
    match document {
        serde_yaml::Value::Null => Node::default(),
        serde_yaml::Value::Bool(flag) => (*flag).into(),
        serde_yaml::Value::Number(number) => number.as_i64().map_or_else(
            || {
                Node::new(
                    Value::Float(number.as_f64().unwrap_or_default()),
                    Origins::none(),
                )
            },
            Node::from,
        ),
        serde_yaml::Value::String(text) => fill_text(text, values),
        serde_yaml::Value::Sequence(items) => Node::from(
            items
                .iter()
                .map(|item| fill(item, values))
                .collect::<Vec<_>>(),
        ),
        serde_yaml::Value::Mapping(entries) => {
            let entry = |(key, value)| {
                let key = fill(key, values);
                let name = key
                    .as_str()
                    .expect("a template's keys are strings")
                    .to_owned();
                let mut node = fill(value, values);
                // A key made from a setting makes the entry; its value may be a constant.
                node.origins.extend(&key.origins);
                (name, node)
            };
            Node::from(entries.iter().map(entry).collect::<Map>())
        }
        serde_yaml::Value::Tagged(_) => panic!("a template holds no YAML tags"),
    }
}

fn fill_text(text: &str, values: &[&Node]) -> Node {
    if !text.contains(OPEN) {
        return text.into();
    }
    if let Some(token) = text
        .strip_prefix(OPEN)
        .and_then(|rest| rest.strip_suffix(CLOSE))
        && let Ok(index) = token.parse::<usize>()
    {
        return values[index].clone();
    }
    let mut filled = Node::from("");
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let mut origins = Origins::none();
        let mut rest = line;
        while let Some((before, token)) = rest.split_once(OPEN) {
            let (index, after) = token.split_once(CLOSE).expect("a token is closed");
            let value = values[index.parse::<usize>().expect("a token holds an index")];
            out.push_str(before);
            out.push_str(&scalar(value));
            origins.extend(&value.origins);
            rest = after;
        }
        out.push_str(rest);
        filled.origins.extend(&origins);
        filled.lines.push(origins);
    }
    if filled.lines.len() < 2 {
        filled.lines.clear();
    }
    filled.value = out.into();
    filled
}

fn scalar(node: &Node) -> String {
    match &node.value {
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        other => panic!("{} inside a text of a template", other.kind()),
    }
}
