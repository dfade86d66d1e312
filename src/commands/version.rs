//! `kiln version`.

use super::{
    Stop,
    say::{Lines, print},
};

/// Print which kiln this is.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

pub fn run(_: &Arguments) -> Result<(), Stop> {
    print(&Lines::of(format_args!(
        "kiln {}",
        env!("CARGO_PKG_VERSION")
    )))
}
