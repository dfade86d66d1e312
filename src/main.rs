//! The command line: arguments in, exit status out.

use std::process::ExitCode;

use kiln::commands;

fn main() -> ExitCode {
    commands::run(std::env::args_os())
}
