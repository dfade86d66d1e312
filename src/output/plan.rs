//! What lies between a tree on disk and the one that is wanted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rustix::fs::FileType;

use super::disk::{Entry, Folder, Way};
use super::lock::{self, Lock};
use super::{LOCK_FILE, unreadable};
use crate::diagnostics::{Diagnostic, Diagnostics, Severity, codes};
use crate::digest::Digest;

/// The files that a tree is to hold, its lock among them.
pub(super) type Wanted<'a> = BTreeMap<&'a str, &'a [u8]>;

/// A tree on disk, seen from the one that is to replace it.
pub(super) struct Plan<'a> {
    /// Where the tree lies, for messages.
    pub path: &'a Path,
    /// The tree on disk, when there is one.
    pub folder: Option<Folder>,
    /// Every wanted file, and what lies in its place.
    pub files: BTreeMap<&'a str, Wish<'a>>,
    /// kiln's own files that are no longer wanted.
    pub stale: Vec<PathBuf>,
    /// What kiln did not write and leaves alone.
    pub foreign: Vec<Entry>,
    /// Own files that no longer are what kiln wrote, nor what is wanted.
    pub edited: Vec<PathBuf>,
    /// What kiln did not write, at paths that it has to write.
    pub in_the_way: Vec<PathBuf>,
    /// Why the lock on disk could not be read to the end.
    pub broken_lock: Option<Diagnostics>,
}

/// A wanted file.
pub(super) struct Wish<'a> {
    pub bytes: &'a [u8],
    pub found: Found,
}

/// What lies at the path of a wanted file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    /// The same bytes, whoever wrote them.
    Same,
    /// Other bytes, or no file, where kiln's own file was.
    Other,
    /// Something that kiln did not write.
    Foreign,
}

impl<'a> Plan<'a> {
    /// Looks at the tree on disk, as far as the question needs.
    pub fn new(
        path: &'a Path,
        folder: Option<Folder>,
        wanted: &Wanted<'a>,
    ) -> Result<Self, Diagnostics> {
        let wish = |(path, bytes): (&&'a str, &&'a [u8])| {
            let found = Found::Nothing;
            (*path, Wish { bytes, found })
        };
        let mut plan = Self {
            path,
            folder: None,
            files: wanted.iter().map(wish).collect(),
            stale: Vec::new(),
            foreign: Vec::new(),
            edited: Vec::new(),
            in_the_way: Vec::new(),
            broken_lock: None,
        };
        if let Some(folder) = &folder {
            plan.look(folder)?;
        }
        plan.folder = folder;
        Ok(plan)
    }

    fn look(&mut self, folder: &Folder) -> Result<(), Diagnostics> {
        let lock = folder.read_lock()?;
        let owned = lock.as_deref().map(lock::claims).unwrap_or_default();
        self.broken_lock =
            lock.and_then(|text| Lock::parse(&text, &self.path.join(LOCK_FILE)).err());
        let mut buffer = Vec::new();
        let mut way = Way::new(folder);
        for entry in folder.list()? {
            // What kiln writes has names in UTF-8, so anything else is foreign.
            let name = entry.path.to_str().unwrap_or_default();
            let wish = self.files.get_mut(name);
            let claims = owned.get(name);
            let is_lock = name == LOCK_FILE;
            let is_own = claims.is_some() || is_lock;
            if wish.is_none() && !is_own {
                if self.is_in_the_way(&entry.path) {
                    self.in_the_way.push(entry.path);
                } else {
                    self.foreign.push(entry);
                }
                continue;
            }
            // A link or a pipe in a file's place has no content that kiln could have written.
            let is_file = entry.kind == FileType::RegularFile;
            if is_file {
                match way.read(&entry.path, &mut buffer) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(error) => return Err(unreadable(&self.path.join(&entry.path), error)),
                }
            }
            if let Some(wish) = wish {
                if is_file && wish.bytes == buffer {
                    wish.found = Found::Same;
                    continue;
                }
                if !is_own {
                    wish.found = Found::Foreign;
                    self.in_the_way.push(entry.path);
                    continue;
                }
                wish.found = Found::Other;
            } else {
                self.stale.push(entry.path.clone());
            }
            let is_claimed = |claims: &Vec<Digest>| claims.contains(&Digest::of(&buffer));
            // What git could not merge is nobody's edit either.
            let is_merged = || {
                buffer
                    .split(|it| *it == b'\n')
                    .any(lock::is_conflict_marker)
            };
            let is_as_written =
                is_lock || (is_file && (claims.is_some_and(is_claimed) || is_merged()));
            if !is_as_written {
                self.edited.push(entry.path);
            }
        }
        Ok(())
    }

    /// Whether a wanted file lies above or below something that is not a folder.
    fn is_in_the_way(&self, path: &Path) -> bool {
        let below = |name: &str| {
            let folder = format!("{name}/");
            let next = self.files.range(folder.as_str()..).next();
            next.is_some_and(|(wanted, _)| wanted.starts_with(&folder))
        };
        let mut above = path.ancestors().skip(1).filter_map(Path::to_str);
        path.to_str().is_some_and(below) || above.any(|name| self.files.contains_key(name))
    }

    /// Whether there is nothing to write and nothing to remove.
    pub fn is_done(&self) -> bool {
        self.stale.is_empty() && self.files.values().all(|wish| wish.found == Found::Same)
    }

    /// The diagnostics, before the tree is replaced: errors forbid it.
    pub fn diagnostics(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        for mut diagnostic in self.broken_lock.iter().flat_map(Diagnostics::iter).cloned() {
            diagnostic.severity = Severity::Warning;
            diagnostics.push(diagnostic);
        }
        for path in &self.in_the_way {
            diagnostics.push(self.in_the_way_of(path));
        }
        for path in &self.edited {
            let title = format!(
                "`{}` was changed by hand, and the change does not survive",
                self.path.join(path).display()
            );
            diagnostics.push(
                Diagnostic::warning(codes::EDITED, title)
                    .in_file(self.path.join(path))
                    .hint("put the change into the spec, into `extra` or into `patches`"),
            );
        }
        diagnostics.extend(self.foreign_files());
        diagnostics
    }

    /// What lies in the tree that kiln did not write.
    pub fn foreign_files(&self) -> impl Iterator<Item = Diagnostic> {
        self.foreign
            .iter()
            .map(|entry| foreign_file(&self.path.join(&entry.path)))
    }

    /// The message about something foreign at a path that kiln has to write.
    pub fn in_the_way_of(&self, path: &Path) -> Diagnostic {
        let path = self.path.join(path);
        let title = format!(
            "`{}` is in the way: kiln did not write it, and has to write there",
            path.display()
        );
        let diagnostic = Diagnostic::error(codes::FOREIGN_FILE, title).in_file(&path);
        let folder = self.folder.as_ref();
        if folder.is_some_and(|it| it.place(LOCK_FILE).is_taken()) {
            diagnostic.hint("move it to another place, or delete it")
        } else {
            diagnostic
                .note(format!(
                    "`{}` has no `{LOCK_FILE}`, so nothing in it is known to be kiln's",
                    self.path.display()
                ))
                .hint("restore the lock, or delete what is not needed any more")
        }
    }
}

/// The message about a file that kiln did not write and leaves alone.
pub(super) fn foreign_file(path: &Path) -> Diagnostic {
    Diagnostic::warning(
        codes::FOREIGN_FILE,
        format!("`{}` was not written by kiln", path.display()),
    )
    .in_file(path)
    .note("an engine that syncs this folder may apply it or fail on it")
    .hint("move it to another place; raw manifests belong into `extra`")
}
