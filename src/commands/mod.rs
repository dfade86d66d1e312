//! The commands: thin, one file each. Diagnostics go to stderr, results to stdout.

mod check;
mod cluster;
mod compile;
mod completions;
mod diff;
mod explain;
mod fix;
mod graph;
mod init;
mod lint;
mod manual;
mod neighbours;
mod project;
mod report;
mod say;
mod schema;
mod verify;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};

pub use project::{Project, Stop};

use say::Lines;

/// Compile one TOML file per environment into the Kubernetes manifests of a Spark platform.
#[derive(Debug, Parser)]
#[command(name = "kiln", version, about, disable_help_subcommand = true)]
pub struct Arguments {
    /// The folder that holds `environments` and `out`; found from the working folder upwards when
    /// not given.
    #[arg(long, global = true, value_name = "FOLDER")]
    root: Option<PathBuf>,

    /// Whether to colour messages.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,

    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Arguments),
    Check(check::Arguments),
    Lint(lint::Arguments),
    Compile(compile::Arguments),
    Diff(diff::Arguments),
    Verify(verify::Arguments),
    Explain(explain::Arguments),
    Graph(graph::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(manual::Arguments),
}

/// Runs the command of a command line: 0 nothing to say, 1 problems found, 2 the command itself is wrong.
#[must_use]
pub fn run(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<_> = words.into_iter().collect();
    match completions::answer(&words) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        // Nobody reads what a shell is told while somebody types.
        Err(_) => return ExitCode::from(2),
    }
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        // It quotes the words, which a build may have from the names of files.
        Err(refused) if refused.use_stderr() => {
            let mut said = Lines::default();
            for line in refused.to_string().lines() {
                said.add(line);
            }
            say::complain(&said);
            return ExitCode::from(2);
        }
        // `--help` and `--version`.
        Err(asked) => asked.exit(),
    };
    match arguments.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let root = arguments.root.as_deref();
    let outcome = match &arguments.command {
        Command::Init(arguments) => init::run(root, arguments),
        Command::Check(arguments) => Project::find(root).and_then(|it| check::run(&it, arguments)),
        Command::Lint(arguments) => lint::run(arguments),
        Command::Compile(arguments) => {
            Project::find(root).and_then(|it| compile::run(&it, arguments))
        }
        Command::Diff(arguments) => Project::find(root).and_then(|it| diff::run(&it, arguments)),
        Command::Verify(arguments) => {
            Project::find(root).and_then(|it| verify::run(&it, arguments))
        }
        Command::Explain(arguments) => explain::run(root, arguments),
        Command::Graph(arguments) => Project::find(root).and_then(|it| graph::run(&it, arguments)),
        Command::Schema(arguments) => schema::run(root, arguments),
        Command::Completions(arguments) => completions::run(arguments),
        Command::Man(arguments) => manual::run(arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Problems) => ExitCode::from(1),
        Err(Stop::Misuse(words)) => {
            say::complain(&Lines::of(format_args!("error: {words}")));
            ExitCode::from(2)
        }
    }
}
