//! What to show of diagnostics, how, and whether a command fails for them.

use clap::ValueEnum;

use super::{
    Stop,
    say::{Lines, complain, print, print_document, show},
};
use crate::{
    checks,
    diagnostics::{
        CODES, Code, Diagnostics, Github, Gitlab, Json, Junit, Report, Sarif, Severity,
        did_you_mean,
    },
    document::Sources,
    lint::means,
    pages,
};

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, on stderr.
    #[default]
    Text,
    /// One JSON object, with places and fixes.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// A Code Quality report of GitLab.
    Gitlab,
    /// `JUnit` XML, for continuous integration that shows tests.
    Junit,
}

/// How to write what was found.
#[derive(Debug, clap::Args)]
pub struct Formatting {
    /// How to write what was found: all but `text` goes to stdout.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

/// Which checks of the catalogue to run, and what fails the command.
#[derive(Debug, clap::Args)]
pub struct Reporting {
    #[command(flatten)]
    formatting: Formatting,

    /// Fail for warnings too.
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,

    /// Show of the catalogue only these: numbers, names, or the start of a number, such as `E06`, for
    /// a category.
    #[arg(long, value_delimiter = ',', value_name = "CHECKS")]
    select: Vec<String>,

    /// Show of the catalogue all but these.
    #[arg(long, value_delimiter = ',', value_name = "CHECKS")]
    ignore: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// What works, and what somebody will regret.
    Warnings,
}

impl Reporting {
    /// Whether a command that found this fails.
    #[must_use]
    pub fn fails(&self, found: &Diagnostics) -> bool {
        found.has_errors() || self.deny.is_some() && found.count(Severity::Warning) > 0
    }

    /// Whether people read it.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self.formatting.format, Format::Text)
    }

    /// What shows it.
    #[must_use]
    pub const fn reporter(&self) -> Reporter {
        Reporter::new(self.formatting.format)
    }

    /// The checks to show. What a spec or its files are wrong about always is.
    pub fn selection(&self) -> Result<Selection, Stop> {
        let codes: Vec<_> = checks::all().map(|check| check.code).collect();
        self.selection_among(&codes)
    }

    /// What to show of somebody else's manifests, of which everything can be ignored.
    pub fn selection_of_all(&self) -> Result<Selection, Stop> {
        let codes = checks::all().map(|check| check.code);
        let codes: Vec<_> = codes.chain(CODES.iter().copied()).collect();
        self.selection_among(&codes)
    }

    fn selection_among(&self, codes: &[Code]) -> Result<Selection, Stop> {
        let hidden = |code: &Code| {
            let is_meant = |written: &String| means(written, code);
            !self.select.is_empty() && !is_stage(code) && !self.select.iter().any(is_meant)
                || self.ignore.iter().any(is_meant)
        };
        for written in self.select.iter().chain(&self.ignore) {
            if !codes.iter().any(|code| means(written, code)) {
                return Err(Stop::Misuse(unknown(written)));
            }
        }
        Ok(Selection {
            hidden: codes
                .iter()
                .filter(|it| hidden(it))
                .map(|code| code.number)
                .collect(),
        })
    }
}

/// The codes that are not shown.
pub struct Selection {
    hidden: Vec<&'static str>,
}

impl Selection {
    /// Drops what is not to be shown.
    pub fn apply(&self, found: &mut Diagnostics) {
        found.retain(|it| !self.hidden.contains(&it.code.number));
    }
}

/// Whether a code belongs to no check of the catalogue.
fn is_stage(code: &Code) -> bool {
    CODES.contains(code)
}

fn unknown(written: &str) -> String {
    let is_stage = |code: &&Code| written == code.name || written.eq_ignore_ascii_case(code.number);
    if let Some(code) = CODES.iter().find(is_stage) {
        return format!(
            "{} {} is not a check of the catalogue, and is always shown",
            code.number, code.name
        );
    }
    let known = || checks::all().flat_map(|check| [check.code.name, check.code.number]);
    let hint = match did_you_mean(written, known()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "`kiln explain` lists them".to_owned(),
    };
    format!("there is no check `{written}`; {hint}")
}

/// Shows what a command finds. Text is shown at once; a machine gets all of it as one document.
pub struct Reporter {
    format: Format,
    reports: Vec<Report>,
}

impl Reporter {
    /// Nothing is found so far.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self {
            format,
            reports: Vec::new(),
        }
    }

    /// Takes over what was found.
    pub fn report(&mut self, diagnostics: Diagnostics, sources: &Sources) {
        if self.format == Format::Text {
            show(&diagnostics, sources);
        } else {
            self.reports.push(Report {
                diagnostics,
                sources: sources.clone(),
            });
        }
    }

    /// What a person wants to know beside: on stdout, unless a machine reads that.
    pub fn say(&self, lines: &Lines) -> Result<(), Stop> {
        if self.format == Format::Text {
            return print(lines);
        }
        complain(lines);
        Ok(())
    }

    /// Writes what a machine is to read.
    pub fn finish(&self) -> Result<(), Stop> {
        let text = match self.format {
            Format::Text => return Ok(()),
            Format::Json => Json.render(&self.reports),
            Format::Sarif => Sarif { page: &page }.render(&self.reports),
            Format::Github => Github.render(&self.reports),
            Format::Gitlab => Gitlab.render(&self.reports),
            Format::Junit => Junit.render(&self.reports),
        };
        print_document(&text)
    }
}

/// What `kiln explain` says of a code.
fn page(code: &Code) -> String {
    let check = checks::all().find(|check| check.code == *code);
    check.map_or_else(|| code.page.to_owned(), pages::page)
}
