//! Amounts of resources, read and written as Kubernetes does.
//!
//! The grammar, the rounding and the canonical form are those of
//! <https://github.com/kubernetes/apimachinery/blob/v0.34.0/pkg/api/resource/quantity.go>.

use std::{borrow::Cow, cmp::Ordering, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::{ParseError, written_as_text};

/// The finest step that Kubernetes keeps, as parts of one.
const NANO: i128 = 1_000_000_000;
/// Parts of one in which a fraction is read; what is finer rounds up.
const FRACTION_DIGITS: usize = 18;
/// No amount is larger; Kubernetes caps it in silence.
const MAX: i128 = i64::MAX as i128 * NANO;

/// An amount with its notation. Equality and order are those of the amount: `1` equals `1000m`.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    /// The amount in thousand-millionths.
    nano: i128,
    notation: Notation,
}

/// The family of suffixes in which an amount is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    /// `Ki`, `Mi`, …
    Binary,
    /// `n`, `u`, `m`, none, `k`, `M`, …
    Decimal,
    /// `e3`
    Exponent,
}

/// The suffixes that stand for powers of 1,024, by power.
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/// The suffixes that stand for powers of 1,000, by power from -3.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

impl Quantity {
    /// A whole number of units, written with decimal suffixes.
    #[must_use]
    pub const fn from_units(units: i64) -> Self {
        Self {
            nano: units as i128 * NANO,
            notation: Notation::Decimal,
        }
    }

    /// A whole number of MiB, written with binary suffixes.
    #[must_use]
    pub const fn from_mebibytes(amount: u64) -> Self {
        Self {
            nano: (amount as i128) * (1 << 20) * NANO,
            notation: Notation::Binary,
        }
    }

    /// This amount and another.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let notation = match (self.notation, other.notation) {
            (Notation::Binary, _) | (_, Notation::Binary) => Notation::Binary,
            (notation, _) => notation,
        };
        Self {
            nano: self.nano.saturating_add(other.nano),
            notation,
        }
    }

    /// What is left of this amount without another, and at least nothing.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            nano: self.nano.saturating_sub(other.nano).max(0),
            ..self
        }
    }

    /// How often another amount fits into this one; none when that is nothing.
    #[must_use]
    pub fn divided_by(self, other: Self) -> Option<u64> {
        let times = (other.nano > 0).then(|| self.nano / other.nano)?;
        u64::try_from(times.max(0)).ok()
    }

    /// Whether this amount is more than a number of times another.
    #[must_use]
    pub const fn is_more_than(self, times: Self, other: Self) -> bool {
        match other.nano.checked_mul(times.nano) {
            Some(most) => self.nano > most / NANO,
            None => false,
        }
    }

    /// So many times this amount.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self {
            nano: self.nano.saturating_mul(count.into()),
            ..self
        }
    }

    /// The amount in thousand-millionths of a unit (nanocores, thousand-millionths of a byte).
    #[must_use]
    pub const fn nano(self) -> i128 {
        self.nano
    }

    /// The amount in units (cores, bytes), rounded up as Kubernetes rounds.
    #[must_use]
    pub fn units(self) -> i64 {
        bounded(ceil_div(self.nano, NANO))
    }

    /// The amount in thousandths of a unit, rounded up as Kubernetes rounds.
    #[must_use]
    pub fn milli(self) -> i64 {
        bounded(ceil_div(self.nano, NANO / 1000))
    }

    /// Whether the amount is a whole number of steps of a size in thousand-millionths.
    const fn is_multiple_of(self, step: i128) -> bool {
        self.nano % step == 0
    }
}

impl FromStr for Quantity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refused = || {
            ParseError(format!(
                "`{text}` is not a quantity; one is a number with one of the suffixes \
                 n, u, m, k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei, or with an exponent such as e3"
            ))
        };
        let (negative, unsigned) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let end = unsigned
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(refused());
        }
        let (notation, scale) = Scale::of(suffix).ok_or_else(refused)?;
        let amount = scale.nano(digits(whole), fraction_parts(fraction)).min(MAX);
        Ok(Self {
            nano: if negative { -amount } else { amount },
            // Kubernetes shows what is less than one in decimals, so that nothing is rounded away.
            notation: if notation == Notation::Binary && amount < NANO {
                Notation::Decimal
            } else {
                notation
            },
        })
    }
}

/// What a suffix multiplies by.
#[derive(Clone, Copy)]
enum Scale {
    /// A whole number.
    Times(i128),
    /// One over a power of ten.
    TenthPower(u32),
    /// More than any amount can be.
    Beyond,
}

impl Scale {
    fn of(suffix: &str) -> Option<(Notation, Self)> {
        let power = |base: i128, exponent: usize| {
            let exponent = u32::try_from(exponent).ok()?;
            Some(base.checked_pow(exponent).map_or(Self::Beyond, Self::Times))
        };
        if let Some(at) = DECIMAL.iter().position(|it| *it == suffix) {
            let scale = match at.checked_sub(3) {
                Some(thousands) => power(1000, thousands)?,
                None => Self::TenthPower([9, 6, 3][at]),
            };
            return Some((Notation::Decimal, scale));
        }
        if let Some(at) = BINARY.iter().position(|it| *it == suffix) {
            return Some((Notation::Binary, power(1024, at)?));
        }
        let exponent = suffix.strip_prefix(['e', 'E'])?;
        // Rust's integers take a sign as Go's do.
        let exponent: i32 = exponent.parse().ok()?;
        let scale = match usize::try_from(exponent) {
            Ok(exponent) if exponent > FRACTION_DIGITS => Self::Beyond,
            Ok(exponent) => power(10, exponent)?,
            Err(_) => Self::TenthPower(exponent.unsigned_abs()),
        };
        Some((Notation::Exponent, scale))
    }

    /// The product with a number given as its whole part and its parts of 10^18, in
    /// thousand-millionths, rounded up; more than [`MAX`] when it does not fit.
    fn nano(self, whole: Option<i128>, parts: i128) -> i128 {
        const TOO_LARGE: i128 = i128::MAX;
        let Some(whole) = whole else { return TOO_LARGE };
        match self {
            Self::Beyond if whole == 0 && parts == 0 => 0,
            Self::Beyond => TOO_LARGE,
            Self::Times(factor) => whole
                .checked_mul(factor)
                .and_then(|units| units.checked_mul(NANO))
                .and_then(|nano| nano.checked_add(ceil_div(parts * factor, NANO)))
                .unwrap_or(TOO_LARGE),
            Self::TenthPower(power @ ..=9) => whole
                .checked_mul(10_i128.pow(9 - power))
                .and_then(|nano| nano.checked_add(ceil_div(parts, NANO * 10_i128.pow(power))))
                .unwrap_or(TOO_LARGE),
            Self::TenthPower(power) => {
                // Anything above zero is at least one part.
                let at_least = whole + i128::from(parts > 0);
                match 10_i128.checked_pow(power - 9) {
                    Some(divisor) => ceil_div(at_least, divisor),
                    None => i128::from(at_least > 0),
                }
            }
        }
    }
}

/// The number of a run of digits; none when it is larger than any amount.
fn digits(text: &str) -> Option<i128> {
    if text.is_empty() {
        return Some(0);
    }
    text.parse().ok().filter(|number| *number < i128::MAX / 10)
}

/// The digits behind the point as parts of 10^18, rounded up.
fn fraction_parts(text: &str) -> i128 {
    let (kept, finer) = text.split_at(text.len().min(FRACTION_DIGITS));
    let parts = format!("{kept:0<FRACTION_DIGITS$}")
        .parse::<i128>()
        .expect("at most 18 digits are a number");
    parts + i128::from(finer.bytes().any(|digit| digit != b'0'))
}

/// The quotient, rounded away from zero.
const fn ceil_div(dividend: i128, divisor: i128) -> i128 {
    let quotient = dividend / divisor;
    quotient + (dividend % divisor).signum()
}

/// What exceeds the range of Kubernetes' own numbers is as good as its end.
fn bounded(number: i128) -> i64 {
    let end = if number < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(number).unwrap_or(end)
}

impl fmt::Display for Quantity {
    /// The canonical form: the largest suffix of the notation that needs no fraction.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_large = self.nano.abs() >= 1024 * NANO;
        if self.notation == Notation::Binary && is_large && self.is_multiple_of(NANO) {
            let mut number = self.nano / NANO;
            let mut power = 0;
            while number % 1024 == 0 && power + 1 < BINARY.len() {
                number /= 1024;
                power += 1;
            }
            return write!(formatter, "{number}{}", BINARY[power]);
        }
        let mut number = self.nano;
        let mut power = 0;
        while number != 0 && number % 1000 == 0 && power + 1 < DECIMAL.len() {
            number /= 1000;
            power += 1;
        }
        match (self.notation, number) {
            (_, 0) => formatter.write_str("0"),
            (Notation::Exponent, _) if power != 3 => {
                let exponent = 3 * i32::try_from(power).expect("there are ten suffixes") - 9;
                write!(formatter, "{number}e{exponent}")
            }
            _ => write!(formatter, "{number}{}", DECIMAL[power]),
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nano.cmp(&other.nano)
    }
}

written_as_text!(Quantity);

/// Memory or storage of a spec: a whole number of bytes above zero, written with a suffix, such
/// as `2Gi`.
///
/// What Kubernetes would take but nobody means is refused: `512m` is half a byte, and `2048` is
/// two kilobytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory(Quantity);

impl Memory {
    /// A number of bytes, written with binary suffixes.
    ///
    /// # Errors
    /// When there are none, or more than 2^63 - 1.
    pub fn from_bytes(bytes: u64) -> Result<Self, ParseError> {
        match i64::try_from(bytes) {
            Ok(1..) => Ok(Self(Quantity {
                nano: i128::from(bytes) * NANO,
                notation: Notation::Binary,
            })),
            _ => Err(ParseError(format!(
                "{bytes} bytes are not between 1 and 2^63 - 1"
            ))),
        }
    }

    /// The number of bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.0.units().unsigned_abs()
    }

    /// The amount, to compare it with those of objects.
    #[must_use]
    pub const fn quantity(self) -> Quantity {
        self.0
    }
}

impl FromStr for Memory {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refused = |why: String| Err(ParseError(why));
        let number = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
        let suffix = &text[number.len()..];
        if number.parse::<f64>().is_ok() {
            match suffix {
                "" if number.bytes().all(|it| it.is_ascii_digit()) => {
                    return refused(format!(
                        "`{text}` without a suffix would be {text} bytes; write the unit, such as \
                         `{number}Mi` or `{number}Gi`"
                    ));
                }
                "m" => {
                    return refused(format!(
                        "`{text}` is {number} thousandths of a byte in Kubernetes; for mebibytes \
                         write `{number}Mi`"
                    ));
                }
                _ => {}
            }
            // Spark, Java and people write these; Kubernetes knows none of them.
            let unit = suffix.trim_end_matches(['b', 'B']).to_ascii_lowercase();
            if let Some(meant) = match unit.as_str() {
                "k" | "ki" => Some("Ki"),
                "m" | "mi" => Some("Mi"),
                "g" | "gi" => Some("Gi"),
                "t" | "ti" => Some("Ti"),
                "p" | "pi" => Some("Pi"),
                _ => None,
            } && !BINARY.contains(&suffix)
                && !DECIMAL.contains(&suffix)
            {
                return refused(format!(
                    "`{text}` is not written as Kubernetes writes memory, which has no suffix \
                     `{suffix}`; write `{number}{meant}`"
                ));
            }
        }
        let quantity: Quantity = text.parse()?;
        if !text.starts_with(|it: char| it.is_ascii_digit() || it == '.') || quantity.nano == 0 {
            return refused(format!("`{text}` is not an amount of memory above zero"));
        }
        if quantity.nano == MAX {
            return refused(format!(
                "`{text}` is too large: Kubernetes counts bytes up to 2^63 - 1, and no machine has \
                 more"
            ));
        }
        if quantity.notation == Notation::Exponent || !quantity.is_multiple_of(NANO) {
            return refused(format!(
                "`{text}` is not written as a number of whole bytes; write it with one of the \
                 suffixes Ki, Mi, Gi, Ti, such as `2Gi`"
            ));
        }
        Ok(Self(quantity))
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Memory {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Memory".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "memory",
            "description": "An amount of memory or storage with a unit, such as 2Gi (2 x 1024^3 \
                            bytes) or 512Mi. 512m would be half a byte and 2g is Spark's notation: \
                            both are refused.",
            "pattern": r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)([KMGTPE]i|[kMGTPE])$",
            "examples": ["512Mi", "2Gi"],
        })
    }
}

written_as_text!(Memory);

/// Processor time of a spec in thousandths of a core above zero: `2`, `0.5`, `"500m"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CpuQuantity(Quantity);

impl CpuQuantity {
    /// A number of thousandths of a core.
    ///
    /// # Errors
    /// When there are none.
    pub fn from_millicores(millicores: u32) -> Result<Self, ParseError> {
        if millicores == 0 {
            return Err(ParseError("no processor time at all".to_owned()));
        }
        Ok(Self(Quantity {
            nano: i128::from(millicores) * (NANO / 1000),
            notation: Notation::Decimal,
        }))
    }

    /// The number of thousandths of a core.
    #[must_use]
    pub fn millicores(self) -> u64 {
        self.0.milli().unsigned_abs()
    }

    /// The amount, to compare it with those of objects.
    #[must_use]
    pub const fn quantity(self) -> Quantity {
        self.0
    }
}

impl FromStr for CpuQuantity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let number = text.strip_suffix('m').unwrap_or(text);
        let is_plain = number
            .trim_start_matches('-')
            .bytes()
            .all(|it| it.is_ascii_digit() || it == b'.');
        let quantity = match text.parse::<Quantity>() {
            Ok(quantity) if is_plain => quantity,
            _ => {
                return Err(ParseError(format!(
                    "`{text}` is not a number of cores, such as `2`, `0.5` or `500m`"
                )));
            }
        };
        // No machine has a million cores; a number of bytes got here by mistake.
        if quantity.nano <= 0 || quantity.nano > 1_000_000 * NANO {
            return Err(ParseError(format!(
                "`{text}` is not between a thousandth of a core (`1m`) and a million cores"
            )));
        }
        if !quantity.is_multiple_of(NANO / 1000) {
            return Err(ParseError(format!(
                "`{text}` is finer than a thousandth of a core (`1m`), the smallest share that \
                 Kubernetes gives"
            )));
        }
        Ok(Self(quantity))
    }
}

impl fmt::Display for CpuQuantity {
    /// Whole cores as a number, all else in thousandths: never `1k`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.millicores() {
            millicores if millicores % 1000 == 0 => write!(formatter, "{}", millicores / 1000),
            millicores => write!(formatter, "{millicores}m"),
        }
    }
}

impl<'de> Deserialize<'de> for CpuQuantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cores;

        impl Visitor<'_> for Cores {
            type Value = CpuQuantity;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number of cores, such as 2, 0.5 or \"500m\"")
            }

            fn visit_i64<E: de::Error>(self, cores: i64) -> Result<CpuQuantity, E> {
                self.visit_str(&cores.to_string())
            }

            fn visit_u64<E: de::Error>(self, cores: u64) -> Result<CpuQuantity, E> {
                self.visit_str(&cores.to_string())
            }

            fn visit_f64<E: de::Error>(self, cores: f64) -> Result<CpuQuantity, E> {
                // The shortest text of a float is what was written, so nothing is rounded here.
                self.visit_str(&cores.to_string())
            }

            fn visit_str<E: de::Error>(self, cores: &str) -> Result<CpuQuantity, E> {
                cores.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Cores)
    }
}

impl JsonSchema for CpuQuantity {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CpuQuantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["number", "string"],
            "format": "cores",
            "description": "A number of cores: 2, 0.5, or in thousandths \"500m\".",
            "exclusiveMinimum": 0,
            "maximum": 1_000_000,
            "pattern": r"^([0-9]+(\.[0-9]{0,3})?|\.[0-9]{1,3}|[0-9]+m)$",
            "examples": [2, 0.5, "500m"],
        })
    }
}

written_as_text!(CpuQuantity);
