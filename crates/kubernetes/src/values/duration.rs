//! Spans of time, as Go and as Spark read them.

/// The units of Go's `time.ParseDuration`, in nanoseconds.
const GO: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The nanoseconds of a duration as Go reads it: numbers with units, such as `1h30m`.
pub fn go_nanoseconds(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0_i128;
    if text.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = |it: char| it.is_ascii_digit() || it == '.';
        let (number, tail) = rest.split_at(rest.find(|it| !digits(it))?);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let (unit, tail) = tail.split_at(tail.find(digits).unwrap_or(tail.len()));
        let (_, size) = GO.iter().find(|(name, _)| *name == unit)?;
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        let fraction = &fraction[..fraction.len().min(18)];
        let places = u32::try_from(fraction.len()).ok()?;
        let parts: i128 = if fraction.is_empty() {
            0
        } else {
            fraction.parse().ok()?
        };
        total = total
            .checked_add(whole.checked_mul(*size)?)?
            .checked_add(parts * size / 10_i128.pow(places))?;
        rest = tail;
    }
    i64::try_from(total).ok()
}

/// What Flux and the External Secrets operator take: seconds, minutes and hours.
fn check_go(text: &str) -> Result<i64, String> {
    let known = |it: u8| it.is_ascii_digit() || b"smh".contains(&it);
    let refuse = || format!("`{text}` is not a span of time; write one such as `5m` or `1h30m`");
    if !text.bytes().all(known) || text.contains("ms") {
        return Err(refuse());
    }
    go_nanoseconds(text).ok_or_else(refuse)
}

super::text!(
    /// A span of time as Go writes it, such as `1h30m`.
    GoDuration,
    "go-duration",
    |text| check_go(text).map(|_| ()),
    {
        "description": "A span of time in h, m and s, such as 1h30m.",
        "pattern": "^([0-9]+(s|m|h))+$",
        "examples": ["1h"],
    }
);

super::text!(
    /// How often something is done, as Go writes it; never zero.
    Interval,
    "interval",
    |text| match check_go(text)? {
        0 => Err(format!("`{text}` is not an interval; write one such as `5m`")),
        _ => Ok(()),
    },
    {
        "description": "An interval in h, m and s, such as 5m.",
        "pattern": "^([0-9]+(s|m|h))+$",
        "examples": ["5m"],
    }
);

super::text!(
    /// A span of time as Spark writes it, such as `30min`: a number and one unit
    /// (`JavaUtils.timeStringAs`).
    SparkDuration,
    "spark-duration",
    |text| {
        let number = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
        let unit = match &text[number.len()..] {
            "s" => 1,
            "min" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "m" => {
                return Err(format!(
                    "`{text}` has no unit that kiln knows; for minutes write `{number}min`"
                ));
            }
            _ => 0,
        };
        let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
        if unit == 0 || !is_number {
            return Err(format!(
                "`{text}` is not a span of time; write a number with `s`, `min`, `h` or `d`, such as \
                 `30min`"
            ));
        }
        // Spark counts some of them in milliseconds, in 64 bits.
        let seconds = number.parse::<i64>().ok().and_then(|it| it.checked_mul(unit * 1000));
        seconds.map(|_| ()).ok_or_else(|| format!("`{text}` is longer than Spark can count"))
    },
    {
        "description": "A number with s, min, h or d, such as 30min.",
        "pattern": "^[0-9]+(s|min|h|d)$",
        "examples": ["30min"],
    }
);
