//! Days of the calendar.

super::text!(
    /// A day, such as `2026-12-31`.
    Day,
    "day",
    |text| {
        let refuse = || format!("`{text}` is not a day of the calendar; write one such as `2026-12-31`");
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts[..] else {
            return Err(refuse());
        };
        let is_written = [(year, 4), (month, 2), (day, 2)]
            .iter()
            .all(|(part, digits)| part.len() == *digits && part.bytes().all(|it| it.is_ascii_digit()));
        let number = |part: &str| part.parse::<u8>().ok();
        let day = number(month)
            .and_then(|month| time::Month::try_from(month).ok())
            .zip(year.parse().ok())
            .zip(number(day))
            .and_then(|((month, year), day)| time::Date::from_calendar_date(year, month, day).ok());
        day.filter(|_| is_written).map(|_| ()).ok_or_else(refuse)
    },
    {
        "description": "A day, such as 2026-12-31.",
        "pattern": r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        "examples": ["2026-12-31"],
    }
);
