//! Spark's properties as a set, and the text of `spark-defaults.conf`.

use std::{
    collections::{BTreeMap, btree_map},
    fmt::Write,
};

use crate::document::{Map, Node, Origins, Sourced};

/// Spark properties by name, in order, each with what made it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conf(BTreeMap<String, Sourced<String>>);

impl Conf {
    /// No property.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a property; the last one wins.
    pub fn set(&mut self, key: impl Into<String>, value: Sourced<impl ToString>) {
        let value = Sourced::new(value.value.to_string(), value.origins);
        self.0.insert(key.into(), value);
    }

    /// The value of a property.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Sourced<String>> {
        self.0.get(key)
    }

    /// Takes a property out.
    pub fn remove(&mut self, key: &str) -> Option<Sourced<String>> {
        self.0.remove(key)
    }

    /// The properties in order.
    pub fn iter(&self) -> btree_map::Iter<'_, String, Sourced<String>> {
        self.0.iter()
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The properties as a mapping of strings: the `sparkConf` of a custom resource.
    #[must_use]
    pub fn to_map(&self) -> Node {
        let map: Map = self
            .iter()
            .map(|(key, value)| (key.clone(), value.into()))
            .collect();
        Node::new(map, Origins::none())
    }

    /// The text of `spark-defaults.conf`, one property a line, each line with its origins.
    ///
    /// Spark reads the file with `java.util.Properties` and then trims the values, so blanks at the
    /// ends of a value are written faithfully and yet lost.
    #[must_use]
    pub fn to_properties(&self) -> Node {
        let mut text = String::new();
        let mut origins = Origins::none();
        let mut lines = Vec::with_capacity(self.0.len());
        for (key, value) in self {
            escape(&mut text, key, Part::Key);
            text.push('=');
            escape(&mut text, value, Part::Value);
            text.push('\n');
            origins.extend(&value.origins);
            lines.push(value.origins.clone());
        }
        Node {
            lines,
            ..Node::new(text, origins)
        }
    }
}

impl<'a> IntoIterator for &'a Conf {
    type Item = (&'a String, &'a Sourced<String>);
    type IntoIter = btree_map::Iter<'a, String, Sourced<String>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Into<String>> Extend<(K, Sourced<String>)> for Conf {
    fn extend<I: IntoIterator<Item = (K, Sourced<String>)>>(&mut self, properties: I) {
        self.0.extend(
            properties
                .into_iter()
                .map(|(key, value)| (key.into(), value)),
        );
    }
}

impl<K: Into<String>> FromIterator<(K, Sourced<String>)> for Conf {
    fn from_iter<I: IntoIterator<Item = (K, Sourced<String>)>>(properties: I) -> Self {
        let mut conf = Self::new();
        conf.extend(properties);
        conf
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Part {
    Key,
    Value,
}

/// Writes a key or value as `java.util.Properties.load` reads it back.
fn escape(out: &mut String, text: &str, part: Part) {
    let last = text.len().saturating_sub(1);
    for (at, letter) in text.char_indices() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{c}' => out.push_str("\\f"),
            // The first of these ends a key.
            '=' | ':' if part == Part::Key => {
                out.push('\\');
                out.push(letter);
            }
            ' ' if part == Part::Key => out.push_str("\\ "),
            // At the start of a line a comment.
            '#' | '!' if part == Part::Key && at == 0 => {
                out.push('\\');
                out.push(letter);
            }
            // Skipped at the start, and invisible at the end.
            ' ' if at == 0 || at == last => out.push_str("\\u0020"),
            ' '..='~' => out.push(letter),
            // Spark reads UTF-8, other tools Latin-1; both read this.
            letter => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("a String takes every write");
                }
            }
        }
    }
}
