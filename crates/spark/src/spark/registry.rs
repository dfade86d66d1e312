//! Spark's properties by minor line: which there are, and which values they take.
//!
//! Spark ignores a property that it does not know, in silence, so a misspelt one is found here or never.
//! The tables are searched where they lie in the program: a lookup reads a dozen of their lines, and
//! nothing is parsed before, but for a search for what a misspelt key means. `schemas/spark/README.md` says where they come from.

use std::{fmt, sync::LazyLock};

use super::{
    SparkVersion,
    value::{Range, Refusal, Type},
    version::Line,
};
use crate::spelling::Letters;

/// Sorted by key; the columns are explained beside the file.
const PROPERTIES: &str = include_str!("../../../../schemas/spark/properties.tsv");
const PATTERNS: &str = include_str!("../../../../schemas/spark/patterns.tsv");

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
        /// What Spark says about it.
        words: Option<&'static str>,
        /// What it is until it is removed.
        property: Property,
    },
    /// Spark refuses it (properties of SQL) or ignores it.
    Removed {
        /// The version that removed it.
        since: &'static str,
        /// What Spark says about it.
        words: Option<&'static str>,
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
    /// The numbers that it takes, when not all of its type.
    pub range: Option<Range>,
    /// The version that introduced it, when known; Celeborn's own for its properties.
    pub since: Option<&'static str>,
    /// The value without any setting; some depend on the machine or on another property and are written
    /// as `<…>`.
    pub default: Option<&'static str>,
    /// What Spark requires of values beyond their type, in its words.
    pub words: Option<&'static str>,
}

/// What is wrong with a property that someone sets.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// Spark leaves out keys that do not begin with `spark.`, and warns.
    NoSparkKey {
        /// The key with the prefix, when Spark knows that.
        suggestion: Option<&'static str>,
    },
    /// No version that kiln knows reads it; Spark ignores it in silence.
    Unknown {
        /// The property that is probably meant.
        suggestion: Option<&'static str>,
    },
    /// Only later versions read it; this one ignores it in silence.
    Later {
        /// The first that does.
        since: String,
    },
    /// Only older lines read it; this one ignores it in silence.
    Gone {
        /// The last that did.
        last: Line,
    },
    /// Spark refuses every value but the old default, in the first session of a client.
    Removed {
        /// The version that removed it.
        since: &'static str,
        /// What Spark says about it.
        words: Option<&'static str>,
    },
    /// Spark warns.
    Deprecated {
        /// The version that deprecated it, when known.
        since: Option<&'static str>,
        /// The property to use instead, when there is one.
        replacement: Option<&'static str>,
        /// What Spark says about it.
        words: Option<&'static str>,
    },
    /// Spark does not take the value.
    Malformed(Refusal),
}

impl Problem {
    /// Whether Spark still does what was meant.
    #[must_use]
    pub const fn is_harmless(&self) -> bool {
        matches!(self, Self::Deprecated { .. })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meant = |suggestion: Option<&str>| match suggestion {
            Some(key) => format!("; `{key}` is probably meant"),
            None => String::new(),
        };
        let said = |words: Option<&str>| match words {
            Some(words) => format!(": {}", words.trim_end_matches('.')),
            None => String::new(),
        };
        match self {
            Self::NoSparkKey { suggestion } => {
                write!(
                    formatter,
                    "Spark ignores keys without `spark.`{}",
                    meant(*suggestion)
                )
            }
            Self::Unknown { suggestion } => {
                write!(
                    formatter,
                    "no version of Spark knows it{}",
                    meant(*suggestion)
                )
            }
            Self::Later { since } => write!(formatter, "Spark reads it since {since} only"),
            Self::Gone { last } => write!(formatter, "Spark {last} was the last to read it"),
            Self::Removed { since, words } => {
                write!(formatter, "it was removed in {since}{}", said(*words))
            }
            Self::Deprecated {
                since,
                replacement,
                words,
            } => {
                formatter.write_str("it is deprecated")?;
                if let Some(since) = since {
                    write!(formatter, " since {since}")?;
                }
                match replacement {
                    Some(replacement) => write!(formatter, "; use `{replacement}`"),
                    None => formatter.write_str(&said(*words)),
                }
            }
            Self::Malformed(refusal) => formatter.write_str(&refusal.reason),
        }
    }
}

/// What is wrong with setting a property for a version.
#[must_use]
pub fn check(version: SparkVersion, key: &str, value: &str) -> Vec<Problem> {
    let line = version.line();
    let (property, mut problems) = validate(line, key, value);
    // Patches add properties, too.
    let since = property.and_then(|it| it.since);
    let introduced = since.and_then(|it| it.parse::<SparkVersion>().ok());
    if let Some(since) = introduced.filter(|since| since.line() == line && *since > version) {
        problems.push(Problem::Later {
            since: since.to_string(),
        });
    }
    problems
}

/// What is wrong with setting a property whichever line it is for: none knows it, or none takes the value.
#[must_use]
pub fn check_every_line(key: &str, value: &str) -> Option<Problem> {
    let is_known = Line::ALL.into_iter().any(|it| known(it, key).is_some());
    let newest_alone = Line::ALL.len() - 1;
    // What no line knows is the same to all, and what may be meant is looked for once.
    let lines = &Line::ALL[if is_known { 0 } else { newest_alone }..];
    let mut newest = None;
    for line in lines {
        let (_, problems) = validate(*line, key, value);
        let fault = problems.into_iter().find(|it| {
            matches!(
                it,
                Problem::NoSparkKey { .. } | Problem::Unknown { .. } | Problem::Malformed(_)
            )
        });
        newest = Some(fault?);
    }
    newest
}

/// What is wrong with setting a property for a line, and what the line knows of it.
fn validate(line: Line, key: &str, value: &str) -> (Option<Property>, Vec<Problem>) {
    let (property, mut problems) = match lookup(line, key) {
        Lookup::Known(property) => (property, Vec::new()),
        Lookup::Deprecated {
            since,
            replacement,
            words,
            property,
        } => (
            property,
            vec![Problem::Deprecated {
                since,
                replacement,
                words,
            }],
        ),
        Lookup::Removed { since, words } => {
            return (None, vec![Problem::Removed { since, words }]);
        }
        Lookup::Pattern | Lookup::ThirdParty { .. } => return (None, Vec::new()),
        Lookup::Unknown { suggestion, lines } => {
            let problem = if !key.starts_with("spark.") {
                Problem::NoSparkKey {
                    suggestion: rows(&format!("spark.{key}")).next().map(|row| row.key),
                }
            } else if let Some(later) = lines.iter().find(|it| **it > line) {
                Problem::Later {
                    since: since_of(*later, key),
                }
            } else if let Some(last) = lines.last() {
                Problem::Gone { last: *last }
            } else {
                Problem::Unknown { suggestion }
            };
            return (None, vec![problem]);
        }
    };
    problems.extend(property.validate(line, value).err().map(Problem::Malformed));
    (Some(property), problems)
}

/// Whether a key belongs to a family of Spark's own, such as `spark.executor.…`. Other first words are
/// those of plugins, or people's own: Spark hands every key that begins with `spark.` to the program. Some of
/// these are those of a property or two of Spark, such as `spark.app.…`, so a family has so many at the least.
#[must_use]
pub fn is_of_family(key: &str, at_least: usize) -> bool {
    let Some((family, _)) = key.strip_prefix("spark.").and_then(|it| it.split_once('.')) else {
        return false;
    };
    // Nobody's but `spark.kubernetes.driverEnv.…`, which it is taken for.
    if family == "driverEnv" {
        return true;
    }
    let prefix = format!("spark.{family}.");
    let members = rows_from(&prefix).take_while(|row| row.starts_with(&prefix));
    members.take(at_least).count() == at_least
}

/// The version that introduced a property of a line, or the first of the line.
fn since_of(line: Line, key: &str) -> String {
    let since = match lookup(line, key) {
        Lookup::Known(property) => property.since,
        _ => None,
    };
    since.map_or_else(|| format!("{line}.0"), str::to_owned)
}

/// Looks a property up in a minor line.
#[must_use]
pub fn lookup(line: Line, key: &str) -> Lookup {
    known(line, key).unwrap_or_else(|| Lookup::Unknown {
        suggestion: suggestion(line, key),
        lines: Line::ALL
            .into_iter()
            .filter(|line| known(*line, key).is_some())
            .collect(),
    })
}

/// The same without a word on what may be meant instead, which costs a look at every property.
#[must_use]
pub fn known(line: Line, key: &str) -> Option<Lookup> {
    let row = |key: &str| rows(key).find(|row| row.has(line)).map(Row::lookup);
    // Every key of S3A may be set for one bucket, whose name may contain dots.
    let of_bucket = || {
        let rest = key.strip_prefix(S3A)?.strip_prefix("bucket.")?;
        rest.match_indices('.')
            .find_map(|(at, _)| row(&format!("{S3A}{}", &rest[at + 1..])))
    };
    row(key).or_else(of_bucket).or_else(|| namespace(line, key))
}

/// Keys of Hadoop's S3 client: other keys of Hadoop are free.
const S3A: &str = "spark.hadoop.fs.s3a.";

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
    words: Option<&'static str>,
    /// What Spark says of a property that is deprecated or removed.
    advice: Option<&'static str>,
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
            default: match columns.next() {
                None | Some("") => None,
                Some("\"\"") => Some(""),
                default => default,
            },
            words: columns.next().filter(|it| !it.is_empty()),
            advice: columns.next(),
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
        let (kind, range) = Type::parse(self.kind);
        let property = Property {
            key: self.key,
            kind,
            range,
            since: known(self.since),
            default: self.default,
            words: self.words,
        };
        let mut words = self.status.split(' ');
        match (words.next(), words.next()) {
            (Some("removed"), Some(since)) => Lookup::Removed {
                since,
                words: self.advice,
            },
            (Some("deprecated"), since) => Lookup::Deprecated {
                since: since.and_then(known),
                replacement: words.next(),
                words: self.advice,
                property,
            },
            _ => Lookup::Known(property),
        }
    }
}

/// The rows of a key.
fn rows(key: &str) -> impl Iterator<Item = Row> {
    let rows = rows_from(key).map(Row::parse);
    rows.take_while(move |row| row.key == key)
}

/// The rows from a key on, found by halving the stretch of text in which the first can be.
fn rows_from(key: &str) -> impl Iterator<Item = &'static str> + use<> {
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
    PROPERTIES[start..].lines()
}

/// The pattern of Spark or of another project that a key follows.
fn namespace(line: Line, key: &str) -> Option<Lookup> {
    PATTERNS.lines().find_map(|text| {
        let mut columns = text.split('\t');
        let (pattern, first) = (columns.next()?, columns.next()?);
        let is_free = pattern != "spark.hadoop.**" || !key.starts_with(S3A);
        if first > line.facts().name || !is_free || !matches(pattern, key) {
            return None;
        }
        Some(match columns.next() {
            Some(owner) => Lookup::ThirdParty { owner },
            None => Lookup::Pattern,
        })
    })
}

/// Whether a key follows a pattern, both read segment by segment.
pub(super) fn matches(pattern: &str, key: &str) -> bool {
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
    let letters = Letters::of(key);
    let first = NAMES.partition_point(|it| it.key.len() + most < key.len());
    NAMES[first..]
        .iter()
        .take_while(|it| it.key.len() <= key.len() + most)
        .filter(|it| it.letters.differ(&letters) <= most)
        .map(|it| (strsim::osa_distance(it.key, key), it))
        .filter(|(distance, _)| *distance <= most)
        .map(|(distance, it)| (distance, Row::parse(it.row)))
        .filter(|(_, row)| row.has(line) && !row.status.starts_with("removed"))
        .map(|(distance, row)| (distance, row.key))
        .min()
        .map(|(_, key)| key)
}

/// A row of the table, as a search for what a misspelt key means reads it.
struct Name {
    row: &'static str,
    key: &'static str,
    letters: Letters,
}

/// The rows of the table, those with short keys first.
static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| {
    let name = |row| {
        let key = key_of(row);
        Name {
            row,
            key,
            letters: Letters::of(key),
        }
    };
    let mut names: Vec<_> = PROPERTIES.lines().map(name).collect();
    names.sort_by_key(|it| it.key.len());
    names
});

/// The key of a line of the table.
fn key_of(row: &str) -> &str {
    row.split_once('\t').map_or(row, |(key, _)| key)
}
