//! `kiln verify`.

use std::collections::BTreeSet;

use super::{
    Project, Stop,
    say::{Lines, print, show},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes},
    digest::Digest,
    document::Sources,
    output::Lock,
    spec::environments,
    world::World,
};

/// Hold the output of environments, and what it was compiled from, against their locks, without
/// compiling.
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
        for (output, folder) in [(&output, "out"), (&project.delivery(), "out/delivery")] {
            let (Ok(mut found) | Err(mut found)) = output.verify(environment);
            if let Ok(Some(lock)) = output.lock(environment) {
                let tree = format!("{folder}/{environment}");
                found.append(stale(&lock, project.world(), &tree));
            }
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

/// The inputs that are not what the lock holds: changed since, or not in the lock as kiln wrote it.
fn stale(lock: &Lock, world: &dyn World, tree: &str) -> Diagnostics {
    let mut found = Diagnostics::default();
    for (path, digest) in &lock.inputs {
        let is_same = world.read(path).is_ok_and(|it| Digest::of(&it) == *digest);
        if !is_same {
            let title = format!("`{path}` is not what `{tree}` was compiled from");
            found.push(
                Diagnostic::error(codes::STALE, title)
                    .in_file(path)
                    .hint("`kiln compile` compiles it again"),
            );
        }
    }
    found
}
