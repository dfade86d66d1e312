//! Whether a tree on disk is what it should be. Nothing here writes.

use std::path::Path;

use rustix::fs::FileType;

use super::disk::{Entry, Folder, Way};
use super::plan::{Found, Plan, foreign_file};
use super::write::wanted;
use super::{LOCK_FILE, Lock, Output, Tree, unreadable};
use crate::diagnostics::{Diagnostic, Diagnostics, Severity, codes};
use crate::digest::Digest;

impl Output {
    /// Holds the tree `name` against its own lock: `CORRUPT` for files that are missing or
    /// changed, `FOREIGN_FILE` for files that the lock does not name: errors but for those that no engine reads.
    ///
    /// # Errors
    /// `CORRUPT` when there is no lock that can be understood, `OUTPUT` for what the system
    /// refuses to read.
    pub fn verify(&self, name: &str) -> Result<Diagnostics, Diagnostics> {
        let path = self.shown(name)?;
        let unlocked = || {
            let title = format!("`{}` has no `{LOCK_FILE}`", path.display());
            Diagnostic::error(codes::CORRUPT, title)
                .in_file(path.join(LOCK_FILE))
                .hint(format!("`kiln compile {name}` writes both"))
        };
        loop {
            let folder = self.open(name)?.ok_or_else(unlocked)?;
            let found = verify(&folder, unlocked);
            // A tree that another run replaces meanwhile is on its way out, and no longer whole.
            if self.holds(name, Some(&folder))? {
                return found;
            }
        }
    }

    /// Holds the tree `name` against a fresh compile: `STALE` for files that are missing, changed
    /// or left over, `FOREIGN_FILE` for files of others, as a warning if no engine reads them.
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
        let path = self.shown(name)?;
        let text = lock.render();
        let wanted = wanted(tree, &text);
        let plan = loop {
            let plan = Plan::new(&path, self.open(name)?, &wanted)?;
            if self.holds(name, plan.folder.as_ref())? {
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
        diagnostics.extend(foreign.map(|(entry, it)| refused_unless_harmless(it, entry)));
        Ok(diagnostics)
    }

    /// What lies beside the trees and is not a folder of one: `FOREIGN_FILE` for what is not known to be harmless.
    ///
    /// # Errors
    /// `OUTPUT` when the system does not list the folder.
    pub fn beside(&self) -> Result<Diagnostics, Diagnostics> {
        let Some(root) = self.root()? else {
            return Ok(Diagnostics::default());
        };
        let files = root
            .files()
            .map_err(|error| unreadable(&root.shown, error))?;
        let found_files = files.iter().map(|entry| {
            let foreign = foreign_file(&root.shown.join(&entry.path));
            refused_unless_harmless(foreign, entry)
        });
        let mut found = Diagnostics::default();
        found.extend(found_files.filter(|it| it.severity == Severity::Error));
        Ok(found)
    }
}

/// Holds an opened tree against its own lock.
fn verify(
    folder: &Folder,
    unlocked: impl FnOnce() -> Diagnostic,
) -> Result<Diagnostics, Diagnostics> {
    let path = &folder.shown;
    let lock = folder.read_lock()?.ok_or_else(unlocked)?;
    let lock = Lock::parse(&lock, &path.join(LOCK_FILE))?;
    let corrupt = |file: &Path, what: &str| {
        let title = format!("`{}` {what}", path.join(file).display());
        Diagnostic::error(codes::CORRUPT, title).in_file(path.join(file))
    };
    let mut diagnostics = Diagnostics::default();
    let mut missing = lock.files;
    let mut buffer = Vec::new();
    let mut way = Way::new(folder);
    for entry in folder.list()? {
        let name = entry.path.to_str().unwrap_or_default();
        if name == LOCK_FILE {
            continue;
        }
        let Some(digest) = missing.get(name) else {
            let foreign = foreign_file(&path.join(&entry.path));
            diagnostics.push(refused_unless_harmless(foreign, &entry));
            continue;
        };
        if entry.kind != FileType::RegularFile {
            diagnostics.push(corrupt(&entry.path, "is not a file any more"));
        } else if !way
            .read(&entry.path, &mut buffer)
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

/// A foreign file is an error where the tree is verified: an engine would apply what nobody compiled, or take the
/// folder for something else. Argo CD reads `*.yaml`, `*.yml`, `*.json` and `*.jsonnet`, follows links, makes the
/// whole folder a kustomization or a chart for a `Kustomization` or a `Chart.yaml` in it, and hands it to whatever
/// plug-in discovers its files; Flux leaves out what a `.sourceignore` names. So only what is known to be read by
/// people and by git alone is let through.
fn refused_unless_harmless(mut diagnostic: Diagnostic, entry: &Entry) -> Diagnostic {
    let name = entry.path.file_name().and_then(|it| it.to_str());
    let is_harmless = name.is_some_and(|it| {
        let ending = it.rsplit_once('.').map(|(_, ending)| ending);
        matches!(ending, Some("md" | "txt")) || HARMLESS.contains(&it)
    });
    if entry.kind != FileType::RegularFile || !is_harmless {
        diagnostic.severity = Severity::Error;
    }
    diagnostic
}

const HARMLESS: [&str; 6] = [
    ".DS_Store",
    ".gitattributes",
    ".gitignore",
    ".gitkeep",
    "CODEOWNERS",
    "OWNERS",
];
