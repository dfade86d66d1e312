//! The command line: arguments in, exit status out.

use std::process::ExitCode;

use clap::Parser;
use kiln::commands::{self, Arguments};

fn main() -> ExitCode {
    // clap answers wrong arguments, `--help` and `--version` itself, with status 2 and 0.
    commands::run(&Arguments::parse())
}
