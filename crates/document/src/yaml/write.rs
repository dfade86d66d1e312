//! The canonical YAML of a node: the same bytes for the same value, and the same value for every reader.
//!
//! What kiln writes is read by kubectl, Argo CD and Flux (YAML 1.1 words such as `yes` and `0777`), by
//! scripts in Python and by tools of YAML 1.2. A scalar is therefore plain only when it has a form
//! that none of them reads as anything but that string; the list of forms only allows, so that a new
//! reader's new rule finds nothing to misread. `tests/yaml_readers.rs` proves it with the readers.

use std::fmt::Write;

use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes},
    document::{Map, Node, Origins, Value},
};

/// The keys that come first in a mapping, in this order; the others follow sorted.
const FIRST: [&str; 5] = ["apiVersion", "kind", "metadata", "name", "namespace"];

/// The longest key in bytes as written. Every reader gives up on the `:` of a key after 1024
/// characters (YAML 1.2, 7.4.2), so a longer one would be written and never read.
const LONGEST_KEY: usize = 1000;

/// Writes a node as a YAML document that ends in a newline.
///
/// # Errors
/// Every key that is too long for YAML, and every number that has no form without an exponent: YAML
/// 1.1 and 1.2 disagree on which of those are numbers.
pub fn to_yaml(node: &Node) -> Result<String, Diagnostics> {
    let mut writer = Writer {
        out: String::with_capacity(1024),
        faults: Diagnostics::default(),
    };
    match &node.value {
        Value::Map(map) if !map.is_empty() => writer.mapping(map, 0, false),
        Value::List(items) if !items.is_empty() => writer.sequence(items, 0, false),
        // Indented, or else a line of the text could be the end of the document.
        _ => {
            writer.scalar(node, 1);
            writer.out.push('\n');
        }
    }
    if writer.faults.is_empty() {
        Ok(writer.out)
    } else {
        Err(writer.faults)
    }
}

struct Writer {
    out: String,
    faults: Diagnostics,
}

impl Writer {
    /// Writes a mapping's lines; the first continues the line that a `- ` began.
    fn mapping(&mut self, map: &Map, depth: usize, mut continues: bool) {
        let first = FIRST.iter().filter_map(|key| map.get_key_value(*key));
        let rest = map.iter().filter(|(key, _)| !FIRST.contains(&key.as_str()));
        for (key, node) in first.chain(rest) {
            self.start_line(depth, &mut continues);
            self.key(key, &node.origins);
            match &node.value {
                Value::Map(map) if !map.is_empty() => {
                    self.out.push('\n');
                    self.mapping(map, depth + 1, false);
                }
                // As kubectl and kustomize write it: the dash stands below the key's first letter.
                Value::List(items) if !items.is_empty() => {
                    self.out.push('\n');
                    self.sequence(items, depth, false);
                }
                _ => {
                    self.out.push(' ');
                    self.scalar(node, depth + 1);
                    self.out.push('\n');
                }
            }
        }
    }

    /// Writes a sequence's lines; the first continues the line that a `- ` began.
    fn sequence(&mut self, items: &[Node], depth: usize, mut continues: bool) {
        for node in items {
            self.start_line(depth, &mut continues);
            self.out.push_str("- ");
            match &node.value {
                Value::Map(map) if !map.is_empty() => self.mapping(map, depth + 1, true),
                Value::List(items) if !items.is_empty() => self.sequence(items, depth + 1, true),
                _ => {
                    self.scalar(node, depth + 1);
                    self.out.push('\n');
                }
            }
        }
    }

    fn start_line(&mut self, depth: usize, continues: &mut bool) {
        if !std::mem::take(continues) {
            self.indent(depth);
        }
    }

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.out.push_str("  ");
        }
    }

    fn key(&mut self, key: &str, origins: &Origins) {
        let start = self.out.len();
        if is_plain(key) {
            self.out.push_str(key);
        } else {
            self.quoted(key);
        }
        let length = self.out.len() - start;
        if length > LONGEST_KEY {
            let title = format!(
                "a key is {length} bytes long in YAML, whose readers take {LONGEST_KEY} at most"
            );
            self.fault(title, origins);
        }
        self.out.push(':');
    }

    /// Writes a value that opens no block of entries; the lines of a text are indented by `depth`.
    fn scalar(&mut self, node: &Node, depth: usize) {
        match &node.value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Value::Integer(number) => {
                write!(self.out, "{number}").expect("a String takes every write");
            }
            Value::Float(number) => self.float(*number, &node.origins),
            Value::String(text) if is_plain(text) => self.out.push_str(text),
            Value::String(text) if is_block(text) => self.block(text, depth),
            Value::String(text) => self.quoted(text),
            Value::List(_) => self.out.push_str("[]"),
            Value::Map(_) => self.out.push_str("{}"),
        }
    }

    fn float(&mut self, number: f64, origins: &Origins) {
        // `{:?}` keeps the `.0` that tells a reader that this is not an integer, and writes an exponent
        // (or `NaN`, `inf`) exactly when there is no readable form without one.
        let text = format!("{number:?}");
        if text.contains(|letter: char| letter.is_ascii_alphabetic()) {
            let title =
                format!("the number `{text}` has no form that all readers of YAML agree on");
            self.fault(title, origins);
        }
        self.out.push_str(&text);
    }

    /// Writes a text that [`is_block`] line by line, unchanged.
    fn block(&mut self, text: &str, depth: usize) {
        let body = text.trim_end_matches('\n');
        let newlines_at_end = text.len() - body.len();
        self.out.push_str(match newlines_at_end {
            0 => "|-",
            1 => "|",
            _ => "|+",
        });
        for line in body.split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.indent(depth);
                self.out.push_str(line);
            }
        }
        for _ in 1..newlines_at_end {
            self.out.push('\n');
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                letter if is_printable(letter) => self.out.push(letter),
                // None above U+FFFF is unprintable, so four digits always suffice.
                letter => write!(self.out, "\\u{:04x}", u32::from(letter))
                    .expect("a String takes every write"),
            }
        }
        self.out.push('"');
    }

    fn fault(&mut self, title: String, origins: &Origins) {
        self.faults
            .push(Diagnostic::error(codes::OBJECT_SCHEMA, title).at_value(origins, ""));
    }
}

/// Whether every reader takes the text, written bare, for exactly that string.
fn is_plain(text: &str) -> bool {
    is_word(text) || is_quantity(text)
}

/// A text that starts as no number, date or YAML sign does and holds nothing that ends a scalar.
fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let starts_well = match bytes {
        // The options of a command; `---` would be the start of a document.
        [b'-', b'-', third, ..] => third.is_ascii_alphabetic(),
        [first, ..] => first.is_ascii_alphabetic() || *first == b'/',
        [] => false,
    };
    starts_well
        && bytes.iter().enumerate().all(|(at, byte)| match byte {
            // `: ` ends a key, two spaces may be folded, and a blank at the end is cut off.
            b':' | b' ' => bytes.get(at + 1).is_some_and(|next| *next != b' '),
            byte => byte.is_ascii_alphanumeric() || b"./_-=@%+$();,".contains(byte),
        })
        && !is_reserved(text)
}

/// The words without a sign or digit that some reader takes for a boolean, a null or a number.
fn is_reserved(text: &str) -> bool {
    const WORDS: [&str; 11] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf",
    ];
    text.len() <= 5 && WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// An amount with a unit, such as `500m`, `2Gi` or `1g`, which people expect to read bare.
///
/// No notation of a number or a date in any YAML ends in one of these letters.
fn is_quantity(text: &str) -> bool {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = &text[number.len()..];
    matches!(
        unit,
        "m" | "k" | "M" | "G" | "T" | "P" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "g" | "s" | "h"
    ) && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a literal block carries the text exactly, and readably.
///
/// A first line that starts with a blank would need an indentation indicator, which editors and
/// libyaml disagree on; a blank at the end of a line is invisible to a reviewer.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && text.split('\n').all(|line| !line.ends_with([' ', '\t']))
        && text
            .chars()
            .all(|letter| matches!(letter, '\n' | '\t') || is_printable(letter))
}

/// YAML's printable characters without those that some reader breaks a line at or drops: U+0085,
/// the separators U+2028 and U+2029, the byte order mark, and U+00A0, which looks like a space.
fn is_printable(letter: char) -> bool {
    matches!(letter,
        ' '..='~'
        | '\u{a1}'..='\u{2027}'
        | '\u{202a}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fefe}'
        | '\u{ff00}'..='\u{fffd}'
        | '\u{10000}'..)
}
