//! `kiln check`.

use time::OffsetDateTime;

use super::{
    Project, Stop,
    project::{print, show},
};
use crate::checks::expired;

/// Find everything that is wrong, and write nothing.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environments; all when none is named.
    environments: Vec<String>,

    /// The day for which waivers are judged; today when not given.
    #[arg(long, value_name = "DATE", value_parser = day)]
    today: Option<String>,
}

/// A day as `2026-12-31`.
fn day(text: &str) -> Result<String, String> {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range)
            .is_some_and(|part| part.bytes().all(|it| it.is_ascii_digit()))
    };
    let separated = text.len() == 10 && &text[4..5] == "-" && &text[7..8] == "-";
    if separated && digits(0..4) && digits(5..7) && digits(8..10) {
        Ok(text.to_owned())
    } else {
        Err("write it as 2026-12-31".to_owned())
    }
}

pub fn run(project: &Project, arguments: &Arguments) -> Result<(), Stop> {
    let chosen = project.chosen(&arguments.environments)?;
    let mut compilations = project.compile(&chosen)?;
    let today = arguments.today.clone().unwrap_or_else(today);
    let mut failed = false;
    for compilation in &mut compilations {
        compilation
            .diagnostics
            .append(std::mem::take(&mut compilation.of_waivers));
        compilation
            .diagnostics
            .append(expired(&compilation.offers, &today));
        compilation.diagnostics.sort(&compilation.sources);
        show(&compilation.diagnostics, &compilation.sources);
        failed |= compilation.diagnostics.has_errors();
    }
    if failed {
        return Err(Stop::Problems);
    }
    let names: Vec<_> = compilations
        .iter()
        .map(|it| it.environment.as_str())
        .collect();
    print(&format!("{}: no errors\n", names.join(", ")))
}

fn today() -> String {
    let today = OffsetDateTime::now_utc().date();
    format!(
        "{:04}-{:02}-{:02}",
        today.year(),
        u8::from(today.month()),
        today.day()
    )
}
