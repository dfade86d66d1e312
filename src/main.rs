//! The command line: arguments in, exit status out.

use std::process::ExitCode;

use kiln::commands;

/// Of what a compile costs, a fifth was the C library's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::run(std::env::args_os())
}
