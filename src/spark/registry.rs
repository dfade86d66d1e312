//! Spark's properties by minor line: which there are, and which values they take.
//!
//! Spark ignores a property that it does not know, in silence, so a misspelt one is found here or never.
//! The tables are searched where they lie in the program: a lookup reads a dozen of their lines, and
//! nothing is parsed before. `schemas/spark/README.md` says where they come from.

use std::fmt;

use super::version::Line;

/// Sorted by key; the columns are explained beside the file.
const PROPERTIES: &str = include_str!("../../schemas/spark/properties.tsv");
const PATTERNS: &str = include_str!("../../schemas/spark/patterns.tsv");

/// What is known about a property of a minor line.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// Spark reads it.
    Known(Property),
    /// Spark still reads it, perhaps under another name, and warns.
    Deprecated {
        /// The version that deprecated it, when known.
        since: Option<&'static str>,
        /// The property to use instead, when there is one.
        replacement: Option<&'static str>,
        /// What it is until it is removed.
        property: Property,
    },
    /// Spark refuses it (properties of SQL) or ignores it.
    Removed {
        /// The version that removed it.
        since: &'static str,
    },
    /// A part of the key is free, such as the name in `spark.executorEnv.NAME`.
    Pattern,
    /// The namespace of another project.
    ThirdParty {
        /// The project.
        owner: &'static str,
    },
    /// Spark ignores it in silence.
    Unknown {
        /// The property of this line that is probably meant.
        suggestion: Option<&'static str>,
        /// The other lines that know it.
        lines: Vec<Line>,
    },
}

/// A property of Spark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Such as `spark.executor.memory`.
    pub key: &'static str,
    /// What its values look like.
    pub kind: Type,
    /// The version that introduced it, when known.
    pub since: Option<&'static str>,
    /// The value without any setting; some depend on the machine and are written as `<…>`.
    pub default: Option<&'static str>,
}

/// The type of a property's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Not known, or any text.
    Any,
    /// `true` or `false`.
    Boolean,
    /// 32 bits.
    Int,
    /// 64 bits.
    Long,
    /// A number with a fraction.
    Double,
    /// A number with a unit of time; a bare number counts the unit given here.
    Time(&'static str),
    /// A number with a unit of size; a bare number counts the unit given here.
    Bytes(&'static str),
    /// One of these words, separated by `|`.
    Enum(&'static str),
}

/// Looks a property up in a minor line.
#[must_use]
pub fn lookup(line: Line, key: &str) -> Lookup {
    if let Some(row) = rows(key).find(|row| row.has(line)) {
        return row.lookup();
    }
    if let Some(namespace) = namespace(line, key) {
        return namespace;
    }
    let knows =
        |line: &Line| rows(key).any(|row| row.has(*line)) || namespace(*line, key).is_some();
    Lookup::Unknown {
        suggestion: suggestion(line, key),
        lines: Line::ALL.into_iter().filter(knows).collect(),
    }
}

/// Whether Spark can convert a text to a property's type.
///
/// A text that refers to another property (`${…}`) is only known at run time and passes.
///
/// # Errors
/// Why it cannot, as the end of a sentence about the value.
pub fn validate_value(kind: Type, text: &str) -> Result<(), String> {
    let value = text.trim();
    if value.contains("${") {
        return Ok(());
    }
    let fits = match kind {
        Type::Any => true,
        Type::Boolean => ["true", "false"]
            .iter()
            .any(|it| it.eq_ignore_ascii_case(value)),
        Type::Int => value.parse::<i32>().is_ok(),
        Type::Long => value.parse::<i64>().is_ok(),
        Type::Double => is_double(value),
        Type::Time(_) => is_amount(value.strip_prefix('-').unwrap_or(value), &TIME_UNITS),
        Type::Bytes(_) => is_amount(value.strip_prefix('-').unwrap_or(value), &SIZE_UNITS),
        Type::Enum(words) => words
            .split('|')
            .any(|word| word.eq_ignore_ascii_case(value)),
    };
    if fits {
        Ok(())
    } else {
        Err(format!("`{text}` is not {kind}"))
    }
}

/// `JavaUtils.timeSuffixes`.
const TIME_UNITS: [&str; 7] = ["us", "ms", "s", "m", "min", "h", "d"];
/// `JavaUtils.byteSuffixes`: powers of 1024, and none of Kubernetes' `Mi`.
const SIZE_UNITS: [&str; 11] = ["b", "k", "kb", "m", "mb", "g", "gb", "t", "tb", "p", "pb"];

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("a text"),
            Self::Boolean => formatter.write_str("`true` or `false`"),
            Self::Int => formatter.write_str("an integer of 32 bits"),
            Self::Long => formatter.write_str("an integer of 64 bits"),
            Self::Double => formatter.write_str("a number"),
            Self::Time(unit) => write!(
                formatter,
                "a whole number with one of the units {} (without one it counts {unit})",
                TIME_UNITS.join(", ")
            ),
            Self::Bytes(unit) => write!(
                formatter,
                "a whole number with one of the units {} (without one it counts {unit})",
                SIZE_UNITS.join(", ")
            ),
            Self::Enum(words) => write!(formatter, "one of {}", words.replace('|', ", ")),
        }
    }
}

/// Whether Java's `Double.parseDouble` takes the text, its hexadecimal form left out.
fn is_double(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, "NaN" | "Infinity") {
        return true;
    }
    let number = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    // Rust also knows `inf` and `nan`.
    !unsigned.starts_with(|first: char| first.is_alphabetic()) && number.parse::<f64>().is_ok()
}

/// Whether `JavaUtils` takes the text: digits, then perhaps a unit in any case.
fn is_amount(text: &str, units: &[&str]) -> bool {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    digits.bytes().all(|digit| digit.is_ascii_digit())
        && digits.parse::<i64>().is_ok()
        && (unit.is_empty() || units.iter().any(|known| known.eq_ignore_ascii_case(unit)))
}

/// One line of the table of properties.
#[derive(Clone, Copy)]
struct Row {
    key: &'static str,
    /// The first and the last minor line, such as `3.5-4.3`.
    lines: &'static str,
    status: &'static str,
    kind: &'static str,
    since: &'static str,
    default: Option<&'static str>,
}

impl Row {
    fn parse(text: &'static str) -> Self {
        let mut columns = text.split('\t');
        let mut column = || columns.next().expect("the table has five columns");
        Self {
            key: column(),
            lines: column(),
            status: column(),
            kind: column(),
            since: column(),
            default: columns.next().map(|default| match default {
                "\"\"" => "",
                default => default,
            }),
        }
    }

    fn has(self, line: Line) -> bool {
        let name = line.facts().name;
        // The names of the lines are sorted as texts, too.
        self.lines
            .split_once('-')
            .is_some_and(|(first, last)| first <= name && name <= last)
    }

    fn lookup(self) -> Lookup {
        let known = |text: &'static str| Some(text).filter(|text| *text != "-");
        let property = Property {
            key: self.key,
            kind: Type::parse(self.kind),
            since: known(self.since),
            default: self.default,
        };
        let mut words = self.status.split(' ');
        match (words.next(), words.next()) {
            (Some("removed"), Some(since)) => Lookup::Removed { since },
            (Some("deprecated"), since) => Lookup::Deprecated {
                since: since.and_then(known),
                replacement: words.next(),
                property,
            },
            _ => Lookup::Known(property),
        }
    }
}

impl Type {
    fn parse(text: &'static str) -> Self {
        match text.split_once(':') {
            Some(("time", unit)) => Self::Time(unit),
            Some(("bytes", unit)) => Self::Bytes(unit),
            Some(("enum", words)) => Self::Enum(words),
            _ => match text {
                "boolean" => Self::Boolean,
                "int" => Self::Int,
                "long" => Self::Long,
                "double" => Self::Double,
                _ => Self::Any,
            },
        }
    }
}

/// The rows of a key, found by halving the stretch of text in which they can be.
fn rows(key: &str) -> impl Iterator<Item = Row> {
    let (mut start, mut end) = (0, PROPERTIES.len());
    while start < end {
        let middle = start + (end - start) / 2;
        let line_start = PROPERTIES[start..middle]
            .rfind('\n')
            .map_or(start, |at| start + at + 1);
        let line = PROPERTIES[line_start..].split('\n').next().unwrap_or("");
        if key_of(line) < key {
            start = (line_start + line.len() + 1).min(end);
        } else {
            end = line_start;
        }
    }
    PROPERTIES[start..]
        .lines()
        .map(Row::parse)
        .take_while(move |row| row.key == key)
}

/// The pattern of Spark or of another project that a key follows.
fn namespace(line: Line, key: &str) -> Option<Lookup> {
    PATTERNS.lines().find_map(|text| {
        let mut columns = text.split('\t');
        let (pattern, first) = (columns.next()?, columns.next()?);
        if first > line.facts().name || !matches(pattern, key) {
            return None;
        }
        Some(match columns.next() {
            Some(owner) => Lookup::ThirdParty { owner },
            None => Lookup::Pattern,
        })
    })
}

/// Whether a key follows a pattern, both read segment by segment.
fn matches(pattern: &str, key: &str) -> bool {
    let (segment, segments) = split(pattern);
    let (word, words) = split(key);
    let fits = match segment {
        "*" | "**" => !word.is_empty(),
        choices => choices.split('|').any(|choice| choice == word),
    };
    match (segments, words) {
        _ if !fits => false,
        (None, None) => true,
        (None, Some(_)) => segment == "**",
        (Some(_), None) => false,
        // `**` takes this word, and perhaps the next one as well.
        (Some(segments), Some(words)) => {
            matches(segments, words) || segment == "**" && matches(pattern, words)
        }
    }
}

/// The text before the first dot, and what follows it.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (text, None),
    }
}

/// The property of a line that differs from a key by a slip of the pen.
///
/// Keys are long and many differ in one word, so far fewer letters may differ than in a single word:
/// `spark.kubernetes.executor.request.memory` does not mean `….cores`.
fn suggestion(line: Line, key: &str) -> Option<&'static str> {
    let most = (key.len() / 10).clamp(1, 4);
    PROPERTIES
        .lines()
        .filter(|row| key_of(row).len().abs_diff(key.len()) <= most)
        .map(|row| (strsim::osa_distance(key_of(row), key), row))
        .filter(|(distance, _)| *distance <= most)
        .map(|(distance, row)| (distance, Row::parse(row)))
        .filter(|(_, row)| row.has(line) && !row.status.starts_with("removed"))
        .map(|(distance, row)| (distance, row.key))
        .min()
        .map(|(_, key)| key)
}

/// The key of a line of the table.
fn key_of(row: &str) -> &str {
    row.split_once('\t').map_or(row, |(key, _)| key)
}
