//! `kiln verify`.

use super::{
    Project, Stop,
    project::{print, show},
};
use crate::document::Sources;

/// Hold the output of environments against their locks, without compiling.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environments; all with an output when none is named.
    environments: Vec<String>,
}

pub fn run(project: &Project, arguments: &Arguments) -> Result<(), Stop> {
    let output = project.output();
    let environments = if arguments.environments.is_empty() {
        output.names().map_err(|errors| {
            show(&errors, &Sources::default());
            Stop::Problems
        })?
    } else {
        arguments.environments.clone()
    };
    let mut failed = false;
    for environment in &environments {
        let mut ok = true;
        for output in [&output, &project.delivery()] {
            let (Ok(found) | Err(found)) = output.verify(environment);
            ok &= !found.has_errors();
            show(&found, &Sources::default());
        }
        if ok && let Ok(Some(lock)) = output.lock(environment) {
            print(&format!(
                "{environment}: {} files, digest {}\n",
                lock.files.len(),
                lock.digest()
            ))?;
        }
        failed |= !ok;
    }
    if failed { Err(Stop::Problems) } else { Ok(()) }
}
