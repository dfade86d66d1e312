//! Spark's properties as a program gets them, wherever they are set.

use std::collections::{BTreeMap, btree_map};

use super::Text;
use crate::{
    document::{Node, Origins},
    graph::Member,
    spark::{registry::Problem, rights::Settings},
};

/// A property that somebody sets.
#[derive(Clone, Debug)]
pub struct Property<'a> {
    /// Such as `spark.executor.memory`.
    pub key: String,
    /// The value as it is written.
    pub value: String,
    /// What made it; empty when it stands in a template as a constant.
    pub origins: Origins,
    /// The object in which it is set.
    pub member: &'a Member,
    /// Whether a shell or `envsubst` fills in variables before Spark reads it: `${env:NAME}` in the value
    /// then stands for one that only the cluster knows.
    pub is_filled: bool,
    /// What the registry has against it, once the program's version is known.
    pub problems: Vec<Problem>,
}

/// The properties of one program, by name.
#[derive(Clone, Debug, Default)]
pub struct Properties<'a>(BTreeMap<String, Property<'a>>);

impl<'a> Properties<'a> {
    /// A property, when it is set.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Property<'a>> {
        self.0.get(key)
    }

    /// The value of a property, when it is set.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|property| property.value.as_str())
    }

    /// Whether a property is set to `true`; Spark reads it in any case.
    #[must_use]
    pub fn is_true(&self, key: &str) -> bool {
        self.value(key)
            .is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// The properties in the order of their names.
    pub fn iter(&self) -> btree_map::Values<'_, String, Property<'a>> {
        self.0.values()
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets a property; the last one wins, as for Spark.
    pub(super) fn set(&mut self, property: Property<'a>) {
        self.0.insert(property.key.clone(), property);
    }

    /// The properties, to be judged.
    pub(super) fn each_mut(&mut self) -> btree_map::ValuesMut<'_, String, Property<'a>> {
        self.0.values_mut()
    }

    /// Sets what a file of properties sets.
    pub(super) fn set_all(&mut self, text: &Text<'a>) {
        for (key, value, origins) in parse(&text.node) {
            self.set(Property {
                key,
                value,
                origins,
                member: text.member,
                is_filled: text.is_filled,
                problems: Vec::new(),
            });
        }
    }
}

impl Settings for Properties<'_> {
    fn value(&self, key: &str) -> Option<&str> {
        self.value(key)
    }

    fn any(&self, is_such: impl Fn(&str, &str) -> bool) -> bool {
        self.iter().any(|it| is_such(&it.key, &it.value))
    }
}

impl<'s, 'a> IntoIterator for &'s Properties<'a> {
    type Item = &'s Property<'a>;
    type IntoIter = btree_map::Values<'s, String, Property<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

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

/// Reads a text as `java.util.Properties.load` does, and then trims the values as Spark does
/// (`Utils.getPropertiesFromFile`).
fn parse(text: &Node) -> Vec<(String, String, Origins)> {
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
