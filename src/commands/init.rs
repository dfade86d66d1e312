//! `kiln init`.

use std::path::Path;

use super::{Stop, project::print};

/// Write a first environment into an empty folder.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The name of the first environment.
    #[arg(default_value = "dev")]
    environment: String,
}

pub fn run(_root: Option<&Path>, arguments: &Arguments) -> Result<(), Stop> {
    print(&arguments.environment)
}
