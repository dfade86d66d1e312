//! `kiln check`.

use time::OffsetDateTime;

use super::{
    Project, Stop, fix,
    report::Reporting,
    say::{Lines, complain},
};
use crate::{Compilation, checks::expired, files::files};

/// Find everything that is wrong, and write nothing but fixes that are asked for.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environments, or files that they read, such as `environments/_base.toml`; all when none is named.
    environments: Vec<String>,

    /// The day on which waivers are checked; today when not given.
    #[arg(long, value_name = "DATE", value_parser = day)]
    today: Option<String>,

    /// Fix in the specs what can be fixed for certain, then check again.
    #[arg(long)]
    fix: bool,

    #[command(flatten)]
    reporting: Reporting,
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
    let chosen = project.selected(&arguments.environments)?;
    let selection = arguments.reporting.selection()?;
    let today = arguments.today.clone().unwrap_or_else(today);
    let compile = |environments: &[String]| -> Result<Vec<Compilation>, Stop> {
        let mut compilations = project.compile(environments)?;
        for it in &mut compilations {
            // What cannot be written is found here, and not when it has to be.
            if !it.diagnostics.has_errors()
                && let Err(errors) = files(it)
            {
                it.diagnostics.append(errors);
            }
            it.diagnostics.append(std::mem::take(&mut it.of_waivers));
            it.diagnostics.append(expired(&it.offers, &today));
            it.diagnostics.sort(&it.sources);
            selection.apply(&mut it.diagnostics);
        }
        Ok(compilations)
    };
    let mut reporter = arguments.reporting.reporter();
    if arguments.fix {
        fix::run(project, &chosen, &compile, &reporter)?;
    }
    let compilations = compile(&chosen)?;
    let mut failed = false;
    let mut fixable = 0;
    for compilation in compilations {
        failed |= arguments.reporting.fails(&compilation.diagnostics);
        fixable += fix::count(&compilation);
        reporter.report(compilation.diagnostics, &compilation.sources);
    }
    if fixable > 0 && !arguments.fix {
        complain(&Lines::of(format_args!(
            "{fixable} can be fixed with `kiln check --fix`"
        )));
    }
    reporter.finish()?;
    if failed {
        return Err(Stop::Problems);
    }
    reporter.say(&Lines::of(format_args!("{}: no errors", chosen.join(", "))))
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
