//! Whether a tree on disk is what it should be. Nothing here writes.

use std::fs::File;
use std::path::Path;

use rustix::fs::FileType;

use super::plan::{Found, Plan, foreign_file};
use super::write::wanted;
use super::{Digest, LOCK_FILE, Lock, Output, Tree, disk, unreadable};
use crate::diagnostics::{Diagnostic, Diagnostics, Severity, codes};

impl Output {
    /// Holds the tree `name` against its own lock: `CORRUPT` for files that are missing or
    /// changed, `FOREIGN_FILE` for files that the lock does not name: errors for those that an engine
    /// would apply.
    ///
    /// # Errors
    /// `CORRUPT` when there is no lock that can be understood, `OUTPUT` for what the system
    /// refuses to read.
    pub fn verify(&self, name: &str) -> Result<Diagnostics, Diagnostics> {
        let path = self.path(name)?;
        let unlocked = || {
            let title = format!("`{}` has no `{LOCK_FILE}`", path.display());
            Diagnostic::error(codes::CORRUPT, title)
                .in_file(path.join(LOCK_FILE))
                .hint(format!("`kiln compile {name}` writes both"))
        };
        loop {
            let folder = disk::open(&path)?.ok_or_else(unlocked)?;
            let found = verify(&folder, &path, unlocked);
            // A tree that another run replaces meanwhile is on its way out, and no longer whole.
            if disk::is_at(Some(&folder), &path) {
                return found;
            }
        }
    }

    /// Holds the tree `name` against a fresh compile: `STALE` for files that are missing, changed
    /// or left over, `FOREIGN_FILE` for files of others, as a warning unless they are in the way or an
    /// engine would apply them.
    ///
    /// # Errors
    /// `OUTPUT` for what the system refuses to read.
    ///
    /// # Panics
    /// As [`Output::write`] does.
    pub fn compare(
        &self,
        name: &str,
        tree: &Tree,
        lock: &Lock,
    ) -> Result<Diagnostics, Diagnostics> {
        let path = self.path(name)?;
        let text = lock.render();
        let wanted = wanted(tree, &text);
        let plan = loop {
            let plan = Plan::new(&path, &wanted)?;
            if plan.is_current() {
                break plan;
            }
        };
        let stale = |file: &Path, what: &str| {
            let title = format!("`{}` {what}", path.join(file).display());
            Diagnostic::error(codes::STALE, title).in_file(path.join(file))
        };
        let mut diagnostics = Diagnostics::default();
        for (file, wish) in &plan.files {
            let file = Path::new(file);
            match wish.found {
                Found::Nothing => diagnostics.push(stale(file, "is missing")),
                Found::Other => {
                    diagnostics.push(stale(file, "is not what the spec compiles to"));
                }
                // What is foreign is reported below, with everything else that is in the way.
                Found::Same | Found::Foreign => {}
            }
        }
        for file in &plan.stale {
            diagnostics.push(stale(
                file,
                "is left over: the spec does not make it any more",
            ));
        }
        for file in &plan.in_the_way {
            diagnostics.push(plan.in_the_way_of(file));
        }
        let foreign = plan.foreign.iter().zip(plan.foreign_files());
        diagnostics.extend(foreign.map(|(entry, it)| refused_if_applied(it, &entry.path)));
        Ok(diagnostics)
    }
}

/// Holds an opened tree against its own lock.
fn verify(
    folder: &File,
    path: &Path,
    unlocked: impl FnOnce() -> Diagnostic,
) -> Result<Diagnostics, Diagnostics> {
    let lock = disk::read_lock(folder, path)?.ok_or_else(unlocked)?;
    let lock = Lock::parse(&lock, &path.join(LOCK_FILE))?;
    let corrupt = |file: &Path, what: &str| {
        let title = format!("`{}` {what}", path.join(file).display());
        Diagnostic::error(codes::CORRUPT, title).in_file(path.join(file))
    };
    let mut diagnostics = Diagnostics::default();
    let mut missing = lock.files;
    let mut buffer = Vec::new();
    for entry in disk::list(folder, path)? {
        let name = entry.path.to_str().unwrap_or_default();
        if name == LOCK_FILE {
            continue;
        }
        let Some(digest) = missing.get(name) else {
            diagnostics.push(refused_if_applied(
                foreign_file(&path.join(&entry.path)),
                &entry.path,
            ));
            continue;
        };
        if entry.kind != FileType::RegularFile {
            diagnostics.push(corrupt(&entry.path, "is not a file any more"));
        } else if !disk::read(folder, &entry.path, &mut buffer)
            .map_err(|error| unreadable(&path.join(&entry.path), error))?
        {
            continue;
        } else if Digest::of(&buffer) != *digest {
            diagnostics.push(corrupt(&entry.path, "is not the file that the lock holds"));
        }
        missing.remove(name);
    }
    for file in missing.keys() {
        diagnostics.push(corrupt(Path::new(file), "is missing"));
    }
    Ok(diagnostics)
}

/// A foreign file is an error where the tree is judged, if engines take it for a manifest: they would apply what
/// nobody compiled.
fn refused_if_applied(mut diagnostic: Diagnostic, path: &Path) -> Diagnostic {
    // Argo CD reads these in a directory, Flux the first two.
    let endings = ["yaml", "yml", "json"];
    let ending = path.extension().and_then(|it| it.to_str());
    if ending.is_some_and(|it| endings.iter().any(|of| of.eq_ignore_ascii_case(it))) {
        diagnostic.severity = Severity::Error;
    }
    diagnostic
}
