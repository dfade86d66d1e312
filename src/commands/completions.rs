//! `kiln completions`, and what kiln says to a shell while somebody types.
//!
//! The script that a shell gets asks kiln at each key: only kiln knows which environments there are, what one
//! compiles to, and the codes. The engine of `clap_complete` that does so still changes its Rust interface, for
//! which `Cargo.lock` holds its version. The script and kiln have to be of one version too, so shells are told to
//! run `kiln completions` when they start instead of keeping what it printed.

use std::{ffi::OsString, path::PathBuf};

use clap::{Arg, Command, CommandFactory};
use clap_complete::{
    CompleteEnv, Shell,
    engine::{ArgValueCandidates, CompletionCandidate},
    env::Shells,
};

use super::{Project, Stop, explain, say::print_document};
use crate::{checks, compile, diagnostics::Code, spec::environments};

/// Set by the script, to the name of the shell.
const VARIABLE: &str = "KILN_COMPLETE";

/// Print the completions of a shell, for its start-up file: `source <(kiln completions bash)`.
///
/// They know the environments, the objects that one compiles to, and the codes.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The shell.
    shell: Shell,
}

pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let shells = Shells::builtins();
    let shell = shells.completer(&arguments.shell.to_string());
    let shell = shell.expect("both lists have the same shells");
    let mut script = Vec::new();
    shell
        .write_registration(VARIABLE, "kiln", "kiln", "kiln", &mut script)
        .expect("a vector takes all that is written to it");
    print_document(&String::from_utf8_lossy(&script))
}

/// Answers the script, if it is the one who runs kiln.
pub fn answer(words: &[OsString]) -> clap::error::Result<bool> {
    let here = std::env::current_dir().ok();
    CompleteEnv::with_factory(|| command(words))
        .var(VARIABLE)
        .try_complete(words, here.as_deref())
}

/// The command line, with what its arguments can be.
fn command(words: &[OsString]) -> Command {
    // The script writes its own call, then `--`, then what was typed so far.
    let typed = words.iter().skip_while(|it| *it != "--").skip(1);
    let typed = Typed::of(typed.cloned());
    super::Arguments::command().mut_subcommands(|command| {
        // The environment that `init` asks for is a new one.
        if command.get_name() == "init" {
            return command;
        }
        command.mut_args(|argument| candidates(argument, &typed))
    })
}

/// An argument by its name, which means the same in every command.
fn candidates(argument: Arg, typed: &Typed) -> Arg {
    let typed = typed.clone();
    let candidates = match argument.get_id().as_str() {
        "environments" | "environment" => ArgValueCandidates::new(move || typed.environments()),
        "subject" => ArgValueCandidates::new(move || {
            let mut all = typed.environments();
            all.extend(explain::all().map(code));
            all
        }),
        "object" => ArgValueCandidates::new(move || typed.objects()),
        "select" | "ignore" => ArgValueCandidates::new(|| {
            let codes = checks::all().map(|check| &check.code);
            codes.map(code).collect()
        }),
        _ => return argument,
    };
    argument.add(candidates)
}

fn code(code: &Code) -> CompletionCandidate {
    CompletionCandidate::new(code.number).help(Some(code.name.into()))
}

/// What was typed so far, as far as it decides what may follow.
#[derive(Clone)]
struct Typed {
    root: Option<PathBuf>,
    environment: Option<String>,
}

impl Typed {
    fn of(words: impl Iterator<Item = OsString>) -> Self {
        let command = super::Arguments::command().ignore_errors(true);
        let matches = command.try_get_matches_from(words).ok();
        let root = matches.as_ref().and_then(|it| it.get_one("root").cloned());
        let of_command = matches.as_ref().and_then(|it| it.subcommand());
        let subject = of_command.and_then(|(_, it)| it.try_get_one("subject").ok().flatten());
        Self {
            root,
            environment: subject.cloned(),
        }
    }

    fn project(&self) -> Option<Project> {
        Project::find(self.root.as_deref()).ok()
    }

    fn environments(&self) -> Vec<CompletionCandidate> {
        let project = self.project();
        let all = project.map(|it| environments(it.world()));
        harmless(all.into_iter().flatten())
    }

    fn objects(&self) -> Vec<CompletionCandidate> {
        let (Some(project), Some(environment)) = (self.project(), &self.environment) else {
            return Vec::new();
        };
        let graph = compile(project.world(), environment).graph;
        let members = graph.members.iter();
        harmless(members.map(|it| it.object.identity().to_string()))
    }
}

/// A shell puts a completion into the line that it will run, and a repository of a stranger may have files and objects of any
/// name: only names without a meaning to a shell are offered.
fn harmless(names: impl Iterator<Item = String>) -> Vec<CompletionCandidate> {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-".contains(it);
    names
        .filter(|it| it.chars().all(is_plain) && !it.starts_with('-'))
        .map(CompletionCandidate::new)
        .collect()
}
