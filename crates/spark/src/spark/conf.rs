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
            escape(&mut text, key, Side::Key);
            text.push('=');
            escape(&mut text, value, Side::Value);
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
enum Side {
    Key,
    Value,
}

/// Writes a key or value as `java.util.Properties.load` reads it back.
fn escape(out: &mut String, text: &str, part: Side) {
    let last = text.len().saturating_sub(1);
    for (at, letter) in text.char_indices() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{c}' => out.push_str("\\f"),
            // The first of these ends a key.
            '=' | ':' if part == Side::Key => {
                out.push('\\');
                out.push(letter);
            }
            ' ' if part == Side::Key => out.push_str("\\ "),
            // At the start of a line a comment.
            '#' | '!' if part == Side::Key && at == 0 => {
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

/// The file that Spark loads by itself.
pub const DEFAULTS: &str = "spark-defaults.conf";

/// Whether most lines of a text set a property of Spark.
#[must_use]
pub fn are_properties(text: &Node) -> bool {
    let lines = text.as_str().unwrap_or_default().lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut all, mut properties) = (0, 0);
    for line in lines {
        all += 1;
        properties += usize::from(line.starts_with("spark."));
    }
    properties * 2 > all
}

/// The properties that a text sets, in its order, each with what made its line: read as
/// `java.util.Properties.load` does, and then trimmed as Spark does (`Utils.getPropertiesFromFile`).
#[must_use]
pub fn read(text: &Node) -> Vec<(String, String, Origins)> {
    let mut found = Vec::new();
    let mut lines = text.as_str().unwrap_or_default().lines().enumerate();
    while let Some((at, line)) = lines.next() {
        let line = line.trim_start_matches(BLANKS);
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut logical = line.to_owned();
        while is_continued(&logical) {
            logical.pop();
            let Some((_, next)) = lines.next() else {
                break;
            };
            logical.push_str(next.trim_start_matches(BLANKS));
        }
        let (key, value) = split(&logical);
        let origins = text.lines.get(at).unwrap_or(&text.origins).clone();
        found.push((unescape(key), unescape(value).trim().to_owned(), origins));
    }
    found
}

const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

/// Whether a line ends in an odd number of backslashes.
fn is_continued(line: &str) -> bool {
    let backslashes = line.len() - line.trim_end_matches('\\').len();
    backslashes % 2 == 1
}

/// The key and the value: between them stands `=`, `:` or blanks, the first that is not escaped.
fn split(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, letter) in line.char_indices() {
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if matches!(letter, '=' | ':') || BLANKS.contains(&letter) {
            let rest = line[at..].trim_start_matches(BLANKS);
            let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
            return (&line[..at], rest.trim_start_matches(BLANKS));
        }
    }
    (line, "")
}

fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut units = Vec::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\\' => match letters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('f') => '\u{c}',
                Some('u') => {
                    let digits: String = letters.by_ref().take(4).collect();
                    // Java refuses the file; there is nothing better to show than the text.
                    units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
                    continue;
                }
                Some(other) => other,
                None => break,
            },
            plain => plain,
        };
        units.extend(letter.encode_utf16(&mut [0; 2]).iter());
    }
    String::from_utf16_lossy(&units)
}
