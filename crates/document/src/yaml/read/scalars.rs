//! What a plain scalar means: go-yaml v2 decides (`resolve.go`).

use saphyr_parser::{ScalarStyle, Tag};

use super::{Reader, Span};
use crate::document::Value;

/// The prefix that `!!` stands for.
const STANDARD_TAG: &str = "tag:yaml.org,2002:";

impl Reader<'_, '_> {
    /// What a scalar means, as go-yaml's `resolve` decides.
    pub(super) fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Scalar {
        let Some(tag) = tag else {
            return match style {
                ScalarStyle::Plain => Scalar::resolve(text),
                _ => Scalar::Text,
            };
        };
        let scalar = Scalar::resolve(text);
        match (standard_name(tag).as_deref(), scalar) {
            (Some("str" | "timestamp"), _) => Scalar::Text,
            (Some("null"), Scalar::Null)
            | (Some("bool"), Scalar::Bool(_))
            | (Some("int"), Scalar::Integer(_) | Scalar::Unsigned)
            | (Some("float"), Scalar::Float(_) | Scalar::Integer(_)) => scalar,
            _ => {
                self.refuse_tag(tag, span);
                Scalar::Text
            }
        }
    }

    /// The value of a scalar after its way through JSON, on which it reaches the cluster.
    pub(super) fn value(&mut self, scalar: Scalar, text: &str, span: &Span) -> Value {
        match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(flag) => Value::Bool(flag),
            Scalar::Integer(number) => Value::Integer(number),
            Scalar::Float(number) if number.is_finite() => {
                whole_number(number).map_or(Value::Float(number), Value::Integer)
            }
            Scalar::Float(_) | Scalar::Unsigned => {
                let title = format!("Kubernetes has no number `{text}`");
                let fault = self
                    .fault(title, span)
                    .hint("write it in quotes if it is meant as a text");
                self.faults.push(fault);
                Value::Null
            }
            Scalar::Text => Value::String(text.to_owned()),
        }
    }

    pub(super) fn check_tag(&mut self, tag: Option<&Tag>, expected: &str, span: &Span) {
        if let Some(tag) = tag
            && standard_name(tag).as_deref() != Some(expected)
        {
            self.refuse_tag(tag, span);
        }
    }

    fn refuse_tag(&mut self, tag: &Tag, span: &Span) {
        let title = match standard_name(tag) {
            Some(name) => format!("the tag `!!{name}` does not fit this value"),
            None => format!(
                "the tag `{}{}` means nothing to Kubernetes",
                tag.handle, tag.suffix
            ),
        };
        let fault = self.fault(title, span);
        self.faults.push(fault);
    }
}

/// The name after `!!`, when the tag is one of YAML's own.
pub(super) fn standard_name(tag: &Tag) -> Option<String> {
    format!("{}{}", tag.handle, tag.suffix)
        .strip_prefix(STANDARD_TAG)
        .map(str::to_owned)
}

/// What go-yaml v2 takes a plain scalar for (`resolve.go`).
#[derive(Clone, Copy)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Integer(i64),
    /// An integer between 2^63 and 2^64.
    Unsigned,
    Float(f64),
    Text,
}

impl Scalar {
    fn resolve(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Self::Bool(true)
            }
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off"
            | "OFF" => Self::Bool(false),
            ".nan" | ".NaN" | ".NAN" => Self::Float(f64::NAN),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Self::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Self::Float(f64::NEG_INFINITY),
            _ => match text.as_bytes()[0] {
                b'.' => float(text).unwrap_or(Self::Text),
                // Anything with four digits and a dash could be a date, and stays a text as such.
                b'+' | b'-' | b'0'..=b'9' => {
                    let digits = text.replace('_', "");
                    integer(&digits)
                        .or_else(|| float(&digits))
                        .unwrap_or(Self::Text)
                }
                _ => Self::Text,
            },
        }
    }

    /// The key that `sigs.k8s.io/yaml` makes of a scalar, if any.
    pub(super) fn key(self, text: &str) -> Option<String> {
        match self {
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Float(number) => Some(float_key(number)),
            Self::Text => Some(text.to_owned()),
            Self::Null | Self::Unsigned => None,
        }
    }
}

/// An integer as Go's `strconv.ParseInt` with base 0 reads it: a leading zero means octal.
fn integer(text: &str) -> Option<Scalar> {
    let (negative, magnitude) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match magnitude.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &magnitude[2..]),
        [b'0', b'b' | b'B', ..] => (2, &magnitude[2..]),
        [b'0', b'o' | b'O', ..] => (8, &magnitude[2..]),
        [b'0', _, ..] => (8, &magnitude[1..]),
        _ => (10, magnitude),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    if let Ok(number) = i64::from_str_radix(&format!("{sign}{digits}"), base) {
        return Some(Scalar::Integer(number));
    }
    // `ParseUint` takes no sign.
    let unsigned = text.starts_with(|first: char| first.is_ascii_digit());
    (unsigned && u64::from_str_radix(digits, base).is_ok()).then_some(Scalar::Unsigned)
}

/// A number with a point or an exponent, or an integer too large for 64 bits.
fn float(text: &str) -> Option<Scalar> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    // Rust also reads `inf`, `nan` and `infinity`, which are words here.
    let starts_well = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let number = text.parse::<f64>().ok().filter(|_| starts_well)?;
    // Out of range is an error to Go, and then a text.
    number.is_finite().then_some(Scalar::Float(number))
}

/// The integer that a number is written as in JSON, such as `1` for `1.0` and for `1e0`.
#[allow(clippy::cast_possible_truncation)] // The range is checked.
fn whole_number(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0; // 2^63
    (number.fract() == 0.0 && (-LIMIT..LIMIT).contains(&number)).then_some(number as i64)
}

/// A number as a key: Go's `strconv.FormatFloat(number, 'g', -1, 32)`, of single precision indeed.
#[allow(clippy::cast_possible_truncation)] // The original does it.
fn float_key(number: f64) -> String {
    let number = number as f32;
    if !number.is_finite() {
        let sign = if number == f32::NEG_INFINITY { "-" } else { "" };
        return format!("{sign}.{}", if number.is_nan() { "nan" } else { "inf" });
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific
        .split_once('e')
        .expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("an exponent is a number");
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
