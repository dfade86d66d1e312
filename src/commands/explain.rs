//! `kiln explain`.

use std::path::Path;

use clap::ValueEnum;

use super::{
    Project, Stop,
    say::{Lines, print, print_document, show},
};
use crate::{
    Compilation, checks,
    diagnostics::{CODES, Code},
    explain::{self, Asked, Json, Subject, Text, subjects},
    pages,
    spec::{Source, read},
    spelling,
};

/// Explain a code, where a value of the output comes from, or what a line of the input makes.
///
/// Alone it lists the codes; with a code it prints its page; with an environment and an object, such
/// as `Deployment/jupyterhub-users/spark-connect-analytics`, or the path of a file in `out`, it prints the origin
/// of every field, or of one field, such as `spec.replicas`. With `--from environments/prod.toml:12`, or with a key
/// such as `connect.analytics.driver.memory`, it prints what follows from it.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A code such as `E0201`, or an environment.
    subject: Option<String>,

    /// An object of the environment, `Kind/name` or `Kind/namespace/name`; the path of a file in `out`; or a key of the
    /// spec.
    #[arg(requires = "subject")]
    object: Option<String>,

    /// A field of the object: its path as messages print it, in brackets, or as a JSON pointer, also inside of a text;
    /// or a property of Spark, such as `spark.executor.memory`.
    #[arg(requires = "object")]
    field: Option<String>,

    /// A line of a spec, of a manifest or of a patch, of which to say what it makes.
    #[arg(
        long,
        value_name = "FILE:LINE[:COLUMN]",
        requires = "subject",
        conflicts_with = "object"
    )]
    from: Option<String>,

    /// How to write it.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

pub fn run(root: Option<&Path>, arguments: &Arguments) -> Result<(), Stop> {
    let Arguments {
        subject,
        object,
        field,
        from,
        format,
    } = arguments;
    let Some(subject) = subject else {
        let mut lines = Lines::default();
        for code in all() {
            lines.add(format_args!("{} {}", code.number, code.name));
        }
        return print(&lines);
    };
    if object.is_none() && from.is_none() {
        return page(subject);
    }
    let project = Project::find(root)?;
    let compilation = compiled(&project, subject)?;
    let subjects = subjects(&compilation);
    let sources = &compilation.sources;
    let (source, _) = read(project.world(), subject);
    let asked = match (object, from) {
        (_, Some(line)) => {
            let line = from_root(&project, line);
            explain::of_line(&line, sources, &source).map_err(Stop::Misuse)?
        }
        (Some(object), None) => {
            match subjects
                .iter()
                .find(|it| it.is_called(&from_root(&project, object)))
            {
                Some(found) => return fields(&compilation, found, field.as_deref(), *format),
                None => key(object, &compilation, &source, &subjects)?,
            }
        }
        (None, None) => unreachable!("that is a page"),
    };
    let found = explain::influence(&asked, &compilation, &subjects);
    match format {
        Format::Text => print_lines(&Text { sources }.influence(&asked, &found)),
        Format::Json => print_document(&Json { sources }.influence(subject, &asked, &found)),
    }
}

/// The codes of the stages, then of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Code> {
    CODES.iter().chain(checks::all().map(|check| &check.code))
}

fn page(subject: &str) -> Result<(), Stop> {
    let is_meant = |code: &Code| code.number.eq_ignore_ascii_case(subject) || code.name == subject;
    if let Some(check) = checks::all().find(|check| is_meant(&check.code)) {
        return print_document(&pages::page(check));
    }
    match CODES.iter().find(|code| is_meant(code)) {
        Some(code) => print_document(&format!("{} {}\n\n{}\n", code.number, code.name, code.page)),
        None => Err(Stop::Misuse(format!(
            "`{subject}` is not a code; `kiln explain` lists them. For an object, write `kiln explain {subject} KIND/NAMESPACE/NAME`"
        ))),
    }
}

/// An environment without errors; its warnings are shown.
fn compiled(project: &Project, environment: &str) -> Result<Compilation, Stop> {
    let chosen = project.chosen(&[environment.to_owned()])?;
    let mut compilations = project.compile(&chosen)?;
    let compilation = compilations.pop().expect("one environment was chosen");
    show(&compilation.diagnostics, &compilation.sources);
    if compilation.diagnostics.has_errors() {
        return Err(Stop::Problems);
    }
    Ok(compilation)
}

/// A path as the project writes it, when somebody writes it from the root of all files.
fn from_root(project: &Project, written: &str) -> String {
    let root = format!("{}/", project.root().display());
    written.strip_prefix(&root).unwrap_or(written).to_owned()
}

/// What is not an object may be a key of the spec.
fn key(
    object: &str,
    compilation: &Compilation,
    source: &Source,
    subjects: &[Subject<'_>],
) -> Result<Asked, Stop> {
    if !object.contains('/') {
        return explain::of_key(object, &compilation.sources, source).map_err(Stop::Misuse);
    }
    let known = subjects.iter().map(|it| it.name.as_str());
    let hint = spelling::hint(object, known, || {
        format!("`kiln graph {}` lists them", compilation.environment)
    });
    Err(Stop::Misuse(format!(
        "there is no object `{object}`; {hint}"
    )))
}

fn fields(
    compilation: &Compilation,
    subject: &Subject<'_>,
    field: Option<&str>,
    format: Format,
) -> Result<(), Stop> {
    let sources = &compilation.sources;
    let environment = &compilation.environment;
    let found = match field {
        Some(path) => explain::select(subject.node, path),
        None => explain::fields(subject.node),
    };
    if found.is_empty() {
        return Err(Stop::Misuse(format!(
            "{name} has no field `{}`; `kiln explain {environment} {name}` lists all",
            field.unwrap_or_default(),
            name = subject.name,
        )));
    }
    match format {
        Format::Text => print_lines(&Text { sources }.fields(subject, &found)),
        Format::Json => print_document(&Json { sources }.fields(environment, subject, &found)),
    }
}

fn print_lines(lines: &[String]) -> Result<(), Stop> {
    let mut out = Lines::default();
    for line in lines {
        out.add(line);
    }
    print(&out)
}
