//! `kiln check`.

use super::{
    Project, Stop,
    project::{print, show},
};

/// Find everything that is wrong, and write nothing.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environments; all when none is named.
    environments: Vec<String>,
}

pub fn run(project: &Project, arguments: &Arguments) -> Result<(), Stop> {
    let chosen = project.chosen(&arguments.environments)?;
    let compilations = project.compile(&chosen)?;
    let mut failed = false;
    for compilation in &compilations {
        show(&compilation.diagnostics, &compilation.sources);
        failed |= compilation.diagnostics.has_errors();
    }
    if failed {
        return Err(Stop::Problems);
    }
    let names: Vec<_> = compilations
        .iter()
        .map(|it| it.environment.as_str())
        .collect();
    print(&format!("{}: no errors\n", names.join(", ")))
}
