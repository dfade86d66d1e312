//! What Spark makes of the text of a property, and what it says of a text that it refuses.
//!
//! A property's converter is one of a dozen, followed perhaps by a check of the result. Both are told by
//! the registry; that the verdicts here are those of Spark's own converters is proven by `make conformance`.

use std::fmt;

use super::{registry::Property, version::Line};

/// A boolean as Spark reads it: in any case, with blanks around it. Anything else ends the driver.
#[must_use]
pub fn boolean(text: &str) -> Option<bool> {
    text.trim().to_ascii_lowercase().parse().ok()
}

/// The type of a property's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Any text, or one that only Spark can validate: a class, a regular expression, a list.
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
    /// One of these words, separated by `|`, in capitals or not.
    EnumAnyCase(&'static str),
}

/// The numbers that a property takes, such as `[1,65535]`, `(0.0,1.0]` or `[0,]`, counted in its unit.
///
/// A bracket includes its limit and a parenthesis does not; a missing limit is none. `!` precedes a
/// number in between that is refused nevertheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range(pub(super) &'static str);

/// Why Spark does not take a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The end of a sentence about the value, which it names.
    pub reason: String,
    /// What the log says, on one line. Spark also says so of a key that is set for an executor only.
    pub message: String,
}

/// The letters of a unit, and how many of the smallest unit it counts.
type Unit = (&'static str, i128);

/// `JavaUtils.timeSuffixes`, and nanoseconds, which only a bare number counts.
const TIME_UNITS: [Unit; 8] = [
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("min", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("ns", 1),
];
/// How many of [`TIME_UNITS`] a value may be written in.
const WRITTEN_TIME_UNITS: usize = 7;

/// `JavaUtils.byteSuffixes`: powers of 1024, and none of Kubernetes' `Mi`.
const SIZE_UNITS: [Unit; 11] = [
    ("b", 1),
    ("k", 1 << 10),
    ("kb", 1 << 10),
    ("m", 1 << 20),
    ("mb", 1 << 20),
    ("g", 1 << 30),
    ("gb", 1 << 30),
    ("t", 1 << 40),
    ("tb", 1 << 40),
    ("p", 1 << 50),
    ("pb", 1 << 50),
];

const TIME_HELP: &str = "Time must be specified as seconds (s), milliseconds (ms), microseconds (us), \
                         minutes (m or min), hour (h), or day (d). E.g. 50s, 100ms, or 250us.";
const SIZE_HELP: &str = "Size must be specified as bytes (b), kibibytes (k), mebibytes (m), gibibytes (g), \
                         tebibytes (t), or pebibytes(p). E.g. 50b, 100k, or 250m.";

/// What a text was converted to.
#[derive(Clone, Copy)]
enum Converted {
    Text,
    Whole(i64),
    Fraction(f64),
}

impl Property {
    /// Whether the converter of a line's Spark takes a text, blanks around it left out as by Spark when
    /// it reads them from a file.
    ///
    /// A text that refers to another property (`${…}`) is only known at run time and passes.
    ///
    /// # Errors
    /// Why it does not.
    pub fn validate(&self, line: Line, text: &str) -> Result<(), Refusal> {
        let value = text.trim();
        if value.contains("${") {
            return Ok(());
        }
        // A property without a value takes that of another, and with it the converter and its messages.
        let fallback = self
            .default
            .and_then(|it| it.strip_prefix("<value of ")?.strip_suffix('>'));
        let log = Log {
            line,
            key: fallback.unwrap_or(self.key),
        };
        let converted = self.kind.convert(value).map_err(|fault| Refusal {
            reason: reason(self.kind, value),
            message: log.mismatch(self.kind, value, &fault),
        })?;
        match self.range {
            Some(range) if !range.contains(converted) => Err(Refusal {
                reason: format!(
                    "`{value}` is not in the range {}",
                    range.in_unit_of(self.kind)
                ),
                message: log.requirement(self.kind, value, converted, self.words.unwrap_or("")),
            }),
            _ => Ok(()),
        }
    }
}

impl Type {
    /// The type as the registry writes it, and the range that follows it.
    pub(super) fn parse(text: &'static str) -> (Self, Option<Range>) {
        if let Some(words) = text.strip_prefix("enum:") {
            return (Self::Enum(words), None);
        }
        if let Some(words) = text.strip_prefix("enum-any-case:") {
            return (Self::EnumAnyCase(words), None);
        }
        let end = text.find(['[', '(']).unwrap_or(text.len());
        let (name, range) = text.split_at(end);
        let kind = match name.split_once(':') {
            Some(("time", unit)) => Self::Time(unit),
            Some(("bytes", unit)) => Self::Bytes(unit),
            _ => match name {
                "boolean" => Self::Boolean,
                "int" => Self::Int,
                "long" => Self::Long,
                "double" => Self::Double,
                _ => Self::Any,
            },
        };
        (kind, Some(Range(range)).filter(|_| !range.is_empty()))
    }

    /// # Errors
    /// What `JavaUtils` complains of, where it is that which converts.
    fn convert(self, value: &str) -> Result<Converted, String> {
        let taken = |taken: bool| taken.then_some(Converted::Text).ok_or_else(String::new);
        match self {
            Self::Any => Ok(Converted::Text),
            Self::Boolean => taken(
                ["true", "false"]
                    .iter()
                    .any(|it| it.eq_ignore_ascii_case(value)),
            ),
            Self::Enum(words) => taken(words.split('|').any(|word| word == value)),
            Self::EnumAnyCase(words) => taken(
                words
                    .split('|')
                    .any(|word| word.eq_ignore_ascii_case(value)),
            ),
            Self::Int => match value.parse::<i32>() {
                Ok(number) => Ok(Converted::Whole(number.into())),
                Err(_) => Err(String::new()),
            },
            Self::Long => value
                .parse()
                .map(Converted::Whole)
                .map_err(|_| String::new()),
            Self::Double => double(value)
                .map(Converted::Fraction)
                .ok_or_else(String::new),
            Self::Time(unit) => time(value, unit).map(Converted::Whole),
            Self::Bytes(unit) => size(value, unit).map(Converted::Whole),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = |units: &[Unit]| units.iter().map(|it| it.0).collect::<Vec<_>>().join(", ");
        match self {
            Self::Any => formatter.write_str("a text"),
            Self::Boolean => formatter.write_str("`true` or `false`"),
            Self::Int => formatter.write_str("an integer of 32 bits"),
            Self::Long => formatter.write_str("an integer of 64 bits"),
            Self::Double => formatter.write_str("a number"),
            Self::Time(unit) => write!(
                formatter,
                "a whole number with one of the units {} (without one it counts {unit})",
                units(&TIME_UNITS[..WRITTEN_TIME_UNITS])
            ),
            Self::Bytes(unit) => write!(
                formatter,
                "a whole number with one of the units {} (without one it counts {unit})",
                units(&SIZE_UNITS)
            ),
            Self::Enum(words) | Self::EnumAnyCase(words) => {
                write!(formatter, "one of {}", words.replace('|', ", "))
            }
        }
    }
}

impl Range {
    fn contains(self, value: Converted) -> bool {
        let (limits, refused) = self.0.split_once('!').unwrap_or((self.0, ""));
        let (least, most) = limits
            .trim_matches(['[', '(', ']', ')'])
            .split_once(',')
            .expect("the registry writes two limits");
        match value {
            Converted::Text => true,
            Converted::Whole(value) => {
                let limit = |text: &str| text.parse::<i64>().ok();
                limit(least).is_none_or(|least| least <= value)
                    && limit(most).is_none_or(|most| value <= most)
                    && refused
                        .split('!')
                        .all(|refused| limit(refused) != Some(value))
            }
            Converted::Fraction(value) => {
                let limit = |text: &str| text.parse::<f64>().ok();
                let (least_counts, most_counts) = (limits.starts_with('['), limits.ends_with(']'));
                let above = |least| {
                    if least_counts {
                        value >= least
                    } else {
                        value > least
                    }
                };
                let below = |most| {
                    if most_counts {
                        value <= most
                    } else {
                        value < most
                    }
                };
                limit(least).is_none_or(above) && limit(most).is_none_or(below)
            }
        }
    }

    /// The range for a person: limits of whole numbers count the unit of a bare number.
    fn in_unit_of(self, kind: Type) -> String {
        match kind {
            Type::Time(unit) | Type::Bytes(unit) => format!("{} {unit}", self.0),
            _ => self.0.to_owned(),
        }
    }
}

/// The end of kiln's sentence about a text that is not of a type.
fn reason(kind: Type, value: &str) -> String {
    let known = ["Ki", "Mi", "Gi", "Ti", "Pi"];
    match known.into_iter().find(|unit| value.ends_with(unit)) {
        Some(unit) if matches!(kind, Type::Bytes(_)) => {
            let spark = value.trim_end_matches('i').to_lowercase();
            format!("`{value}` has Kubernetes' unit {unit}, which Spark writes `{spark}`")
        }
        _ => format!("`{value}` is not {kind}"),
    }
}

/// What `Double.parseDouble` makes of a text, its hexadecimal form left out.
fn double(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = match unsigned {
        "NaN" | "Infinity" => text,
        // Rust also knows `inf` and `nan`.
        _ if unsigned.starts_with(char::is_alphabetic) => return None,
        _ => text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text),
    };
    number.parse().ok()
}

/// What `JavaUtils.timeStringAs` makes of a text: numbers too large become the largest.
fn time(text: &str, target: &str) -> Result<i64, String> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix('-').unwrap_or(text);
    let complain = |complaint: String| format!("{TIME_HELP} {complaint}");
    let (number, unit) =
        amount(digits).ok_or_else(|| complain(format!("Failed to parse time string: {text}")))?;
    let sign = if negative { "-" } else { "" };
    let number: i64 = format!("{sign}{number}")
        .parse()
        .map_err(|_| complain(format!("For input string: \"{sign}{number}\"")))?;
    let target = of(&TIME_UNITS, target);
    let factor = factor(&TIME_UNITS[..WRITTEN_TIME_UNITS], unit, target).map_err(complain)?;
    let converted = i128::from(number) * factor / target;
    Ok(i64::try_from(converted).unwrap_or(if negative { i64::MIN } else { i64::MAX }))
}

/// The seconds that Spark takes a span of time for, where a number without a unit counts seconds.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    time(text.trim(), "s").ok()
}

/// The bytes that Spark takes a size for, where a number without a unit counts MiB, as for memory.
#[must_use]
pub fn memory_bytes(text: &str) -> Option<u64> {
    /// An exbibyte, so that sums of sizes stay numbers.
    const MOST: u64 = 1 << 40;
    let mebibytes = u64::try_from(size(text.trim(), "m").ok()?).ok()?;
    (mebibytes <= MOST).then_some(mebibytes << 20)
}

/// What `ConfigHelpers.byteFromString` makes of a text.
fn size(text: &str, target: &str) -> Result<i64, String> {
    let unsigned = text.strip_prefix('-').unwrap_or(text).trim();
    let complain = |complaint: String| format!("{SIZE_HELP} {complaint}");
    let (number, unit) = amount(unsigned).ok_or_else(|| {
        complain(match unsigned.split_once('.') {
            Some((whole, rest)) if is_digits(whole) && amount(rest).is_some() => {
                let fraction = rest.trim_end_matches(|it: char| it.is_ascii_alphabetic());
                format!("Fractional values are not supported. Input was: {whole}.{fraction}")
            }
            _ => format!("Failed to parse byte string: {unsigned}"),
        })
    })?;
    let number: i64 = number
        .parse()
        .map_err(|_| complain(format!("For input string: \"{number}\"")))?;
    let target = of(&SIZE_UNITS, target);
    let factor = factor(&SIZE_UNITS, unit, target).map_err(complain)?;
    let converted = i128::from(number) * factor / target;
    let magnitude = i64::try_from(converted).map_err(|_| {
        format!(
            "Conversion of {number} exceeds Long.MAX_VALUE in {}. Try a larger unit (e.g. MiB instead of KiB)",
            java_size(unit)
        )
    })?;
    Ok(if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    })
}

/// Splits digits from the letters behind them.
fn amount(text: &str) -> Option<(&str, &str)> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    is_digits(digits).then(|| (digits, &text[digits.len()..]))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

fn is_integer(text: &str) -> bool {
    text.parse::<i32>().is_ok()
}

/// What a written unit counts; a number without one counts the target.
///
/// # Errors
/// `JavaUtils`' complaint about a unit that it does not know.
fn factor(units: &[Unit], unit: &str, target: i128) -> Result<i128, String> {
    let unit = unit.to_ascii_lowercase();
    match units.iter().find(|known| known.0 == unit) {
        Some((_, factor)) => Ok(*factor),
        None if unit.is_empty() => Ok(target),
        None => Err(format!("Invalid suffix: \"{unit}\"")),
    }
}

/// What a unit of the registry counts.
fn of(units: &[Unit], name: &str) -> i128 {
    let known = units.iter().find(|known| known.0 == name);
    known.expect("the registry has the units of Spark").1
}

/// `ByteUnit`'s name of a unit.
fn java_size(unit: &str) -> &'static str {
    match unit.to_ascii_lowercase().as_str() {
        "k" | "kb" => "KiB",
        "m" | "mb" => "MiB",
        "g" | "gb" => "GiB",
        "t" | "tb" => "TiB",
        "p" | "pb" => "PiB",
        _ => "BYTE",
    }
}

/// `TimeUnit`'s name of a unit.
fn java_time(unit: &str) -> &'static str {
    match unit {
        "ns" => "NANOSECONDS",
        "us" => "MICROSECONDS",
        "ms" => "MILLISECONDS",
        "s" => "SECONDS",
        "m" | "min" => "MINUTES",
        "h" => "HOURS",
        _ => "DAYS",
    }
}

/// What the log of a line says about a key.
struct Log {
    line: Line,
    key: &'static str,
}

impl Log {
    /// Whether the message has no error class: those came with 4.1. Celeborn's client has none at all.
    fn is_plain(&self) -> bool {
        self.line < Line::V4_1 || self.key.starts_with("spark.celeborn.")
    }

    /// The key as the message has it: Celeborn's own do not begin with `spark.`.
    fn key(&self) -> &'static str {
        let own = self.key.strip_prefix("spark.");
        own.filter(|it| it.starts_with("celeborn."))
            .unwrap_or(self.key)
    }

    fn classified(&self, class: &str, value: &str, words: &str) -> String {
        format!(
            "[INVALID_CONF_VALUE.{class}] The value '{value}' in the config \"{}\" is invalid. {words} \
             SQLSTATE: 22022",
            self.key
        )
    }

    /// About a text that is not of the type.
    fn mismatch(&self, kind: Type, value: &str, complaint: &str) -> String {
        if self.key.starts_with("spark.hadoop.") {
            // `Configuration.getBoolean`
            return "Hadoop says nothing, and takes the default".to_owned();
        }
        let name = match kind {
            Type::Boolean => "boolean".to_owned(),
            Type::Int => "int".to_owned(),
            Type::Long => "long".to_owned(),
            Type::Double => "double".to_owned(),
            Type::Time(_) | Type::Bytes(_) if self.is_plain() => return complaint.to_owned(),
            Type::Time(unit) => format!("time in {}", java_time(unit)),
            Type::Bytes(unit) => format!("bytes in {}", java_size(unit)),
            Type::Any => unreachable!("every text is one"),
            Type::Enum(words) | Type::EnumAnyCase(words)
                if is_integer(words.split('|').next().unwrap_or("")) && !is_integer(value) =>
            {
                "int".to_owned()
            }
            Type::Enum(words) | Type::EnumAnyCase(words) => {
                let words = words.replace('|', ", ");
                return if self.is_plain() {
                    let key = self.key();
                    format!("The value of {key} should be one of {words}, but was {value}")
                } else {
                    let words = format!("It should be one of '{words}'.");
                    self.classified("OUT_OF_RANGE_OF_OPTIONS", value, &words)
                };
            }
        };
        if self.is_plain() {
            format!("{} should be {name}, but was {value}", self.key())
        } else {
            let words = format!("It should be a/an '{name}' value.");
            self.classified("TYPE_MISMATCH", value, &words)
        }
    }

    /// About a value that the property's own check refuses.
    fn requirement(&self, kind: Type, text: &str, value: Converted, words: &str) -> String {
        let whole = match value {
            Converted::Whole(value) => i128::from(value),
            Converted::Text | Converted::Fraction(_) => {
                return self.refused(text, words);
            }
        };
        let shown = match kind {
            Type::Bytes(unit) if !self.is_plain() => {
                let bytes = whole * of(&SIZE_UNITS, unit);
                if i64::try_from(bytes).is_err() {
                    // Spark fails to write the value that it is about to complain of.
                    return self.mismatch(kind, &whole.to_string(), "");
                }
                format!("{bytes}b")
            }
            Type::Time(unit) if !self.is_plain() => {
                format!(
                    "{}ms",
                    whole * of(&TIME_UNITS, unit) / of(&TIME_UNITS, "ms")
                )
            }
            _ => whole.to_string(),
        };
        self.refused(&shown, words)
    }

    fn refused(&self, shown: &str, words: &str) -> String {
        if self.is_plain() {
            format!("'{shown}' in {} is invalid. {words}", self.key())
        } else {
            self.classified("REQUIREMENT", shown, words)
        }
    }
}
