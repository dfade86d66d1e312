//! What commands say: the only door to stdout and stderr, as `clippy.toml` sees to.

use std::{
    fmt::Display,
    io::{self, Write},
};

use anstream::ColorChoice;

use super::Stop;
use crate::{
    diagnostics::{Diagnostics, Text, one_line},
    document::Sources,
};

/// Lines for people. What a line quotes stays in it, and neither a terminal nor a build server acts on it.
#[derive(Debug, Default)]
pub struct Lines(String);

impl Lines {
    /// One line.
    pub fn of(line: impl Display) -> Self {
        let mut lines = Self::default();
        lines.add(line);
        lines
    }

    /// Adds a line.
    pub fn add(&mut self, line: impl Display) {
        self.0 += &one_line(&line.to_string());
        self.0.push('\n');
    }
}

/// Writes a result to stdout.
pub fn print(lines: &Lines) -> Result<(), Stop> {
    print_document(&lines.0)
}

/// Writes to stdout what has a form of its own: a document of a format, which writes out what it quotes as that
/// format does, or words of kiln alone. A reader that has seen enough is not an error.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn print_document(text: &str) -> Result<(), Stop> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Stop::Misuse(format!("cannot write the result: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes to stderr what is to be said there.
pub fn complain(lines: &Lines) {
    write_to_stderr(|_| lines.0.clone());
}

/// Shows diagnostics on stderr.
pub fn show(diagnostics: &Diagnostics, sources: &Sources) {
    if !diagnostics.is_empty() {
        write_to_stderr(|colour| Text { colour }.render(diagnostics, sources));
    }
}

/// Writes a text that may have colours. That nobody can read it is no reason to fail otherwise than by the status.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn write_to_stderr(text: impl FnOnce(bool) -> String) {
    let mut stderr = anstream::stderr();
    let colour = stderr.current_choice() != ColorChoice::Never;
    let _ = stderr.write_all(text(colour).as_bytes());
}
