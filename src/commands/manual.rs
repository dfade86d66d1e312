//! `kiln man`.

use clap::CommandFactory;

use super::{Stop, say::print_document};
use crate::spelling;

/// Print the manual page of kiln or of one of its commands: `kiln man check | man -l -`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The command.
    command: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let mut kiln = super::Arguments::command();
    kiln.build();
    let page = match &arguments.command {
        None => &kiln,
        Some(name) => kiln.find_subcommand(name).ok_or_else(|| {
            let known = kiln.get_subcommands().map(clap::Command::get_name);
            let hint = spelling::hint(name, known, || "`kiln --help` lists them".to_owned());
            Stop::Misuse(format!("there is no command `{name}`; {hint}"))
        })?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page.clone())
        .render(&mut text)
        .expect("a vector takes all that is written to it");
    print_document(&String::from_utf8_lossy(&text))
}
