//! `kiln verify`.

use std::collections::BTreeSet;

use super::{
    Project, Stop,
    say::{Lines, print, show},
};
use crate::{document::Sources, spec::environments};

/// Hold the output of environments against their locks, without compiling.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The environments; all with a spec or an output when none is named.
    environments: Vec<String>,
}

pub fn run(project: &Project, arguments: &Arguments) -> Result<(), Stop> {
    let output = project.output();
    let mut failed = false;
    let environments = if arguments.environments.is_empty() {
        let orphans = project.orphans(true);
        failed = orphans.has_errors();
        show(&orphans, &Sources::default());
        let mut all: BTreeSet<_> = environments(project.world()).into_iter().collect();
        all.extend(project.trees().unwrap_or_default().into_keys());
        all.into_iter().collect()
    } else {
        arguments.environments.clone()
    };
    for environment in &environments {
        let mut ok = true;
        for output in [&output, &project.delivery()] {
            let (Ok(found) | Err(found)) = output.verify(environment);
            ok &= !found.has_errors();
            show(&found, &Sources::default());
        }
        if ok && let Ok(Some(lock)) = output.lock(environment) {
            print(&Lines::of(format_args!(
                "{environment}: {} files, digest {}",
                lock.files.len(),
                lock.digest()
            )))?;
        }
        failed |= !ok;
    }
    if failed { Err(Stop::Problems) } else { Ok(()) }
}
