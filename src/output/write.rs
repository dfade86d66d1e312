//! Replacing a tree as a whole.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, linkat, mkdirat, statat};
use rustix::io::Errno;

use super::disk::{self, Folder, NEW_FOLDER, Slot, Way};
use super::plan::{Found, Plan, Wanted};
use super::staging::Staging;
use super::{LOCK_FILE, Lock, Output, Tree, is_relative, unwritable};
use crate::diagnostics::{Diagnostic, Diagnostics};

/// What came of writing or removing a tree.
#[derive(Debug)]
pub struct Written {
    /// Whether anything on disk is different now.
    pub changed: bool,
    /// Warnings: foreign files that were kept, own files that had been edited, a broken lock.
    pub warnings: Diagnostics,
}

impl Output {
    /// Makes the tree `name` be exactly `tree` and its lock, or leaves it as it is.
    ///
    /// Nothing is written when nothing differs. Foreign files stay; an empty folder is not a file and
    /// goes. Own files are overwritten even when they were edited. Files that do not change are
    /// linked into the new tree, so they keep their time of modification.
    ///
    /// # Errors
    /// The tree on disk is then the one from before: `FOREIGN_FILE` for files of others at paths
    /// of the tree; `OUTPUT` for whatever the system refuses, and for symbolic links.
    ///
    /// # Panics
    /// When `lock` is not the lock of `tree`, or `tree` holds a path that leaves it or is the
    /// lock's: what names a file has been validated before it is compiled.
    pub fn write(&self, name: &str, tree: &Tree, lock: &Lock) -> Result<Written, Diagnostics> {
        self.stage(name, tree, lock)?.commit()
    }

    /// Prepares what [`Output::write`] does, and changes nothing yet, so that several trees change together or
    /// not at all.
    ///
    /// # Errors
    /// As [`Output::write`].
    ///
    /// # Panics
    /// As [`Output::write`].
    pub fn stage(&self, name: &str, tree: &Tree, lock: &Lock) -> Result<Staged<'_>, Diagnostics> {
        assert!(
            lock.files.keys().eq(tree.keys()),
            "a tree is written with the lock that was made from it"
        );
        self.prepare(name, &wanted(tree, &lock.render()))
    }

    /// Removes kiln's own files of the tree `name`, and the folder unless foreign files keep it.
    ///
    /// # Errors
    /// `OUTPUT` for whatever the system refuses; the tree on disk is then the one from before.
    pub fn remove(&self, name: &str) -> Result<Written, Diagnostics> {
        self.prepare(name, &Wanted::new())?.commit()
    }

    fn prepare(&self, name: &str, wanted: &Wanted) -> Result<Staged<'_>, Diagnostics> {
        let path = self.shown(name)?;
        self.recover()?;
        loop {
            let plan = Plan::new(&path, self.open(name)?, wanted)?;
            let staged = |change, warnings| Staged {
                name: name.to_owned(),
                change,
                warnings,
            };
            if plan.is_done() {
                return Ok(staged(Change::None, plan.diagnostics()));
            }
            let staging = self.staging()?;
            // Another run may have replaced the tree while this one waited for its turn: every run puts a new
            // folder in its place, and the number of one that is open is not given to another.
            if !self.holds(name, plan.folder.as_ref())? {
                continue;
            }
            let warnings = plan.diagnostics();
            if warnings.has_errors() {
                return Err(warnings);
            }
            if plan.files.is_empty() && plan.foreign.is_empty() {
                return Ok(staged(Change::Take(staging), warnings));
            }
            let built = build(&plan, staging.next(name), self.durable);
            let is_first = plan.folder.is_none();
            built
                .and_then(|()| staging.finish(name))
                .inspect_err(|_| staging.discard(name))?;
            return Ok(staged(Change::Exchange { staging, is_first }, warnings));
        }
    }
}

/// A tree that is ready to replace the one on disk. Dropped, it leaves that as it is.
#[derive(Debug)]
pub struct Staged<'a> {
    name: String,
    change: Change<'a>,
    warnings: Diagnostics,
}

/// What a staged tree does to the one on disk.
#[derive(Clone, Copy, Debug)]
enum Change<'a> {
    None,
    /// It goes.
    Take(&'a Staging),
    /// Another comes in its place, or the first one.
    Exchange {
        staging: &'a Staging,
        is_first: bool,
    },
}

impl Staged<'_> {
    /// Changes the tree on disk.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub fn commit(self) -> Result<Written, Diagnostics> {
        let written = commit(vec![self])?;
        Ok(written
            .into_iter()
            .next()
            .expect("there is one for each staged tree"))
    }

    fn apply(&self) -> Result<(), Diagnostics> {
        match self.change {
            Change::None => Ok(()),
            Change::Take(staging) => staging.take(&self.name),
            Change::Exchange { staging, .. } => staging.exchange(&self.name),
        }
    }

    /// Puts back what was there before [`Staged::apply`]. The error that led here is the one to tell.
    fn undo(&mut self) {
        let _ = match self.change {
            Change::None => Ok(()),
            Change::Exchange {
                staging,
                is_first: true,
            } => staging.take(&self.name),
            Change::Take(staging) | Change::Exchange { staging, .. } => {
                staging.exchange(&self.name)
            }
        };
        self.settle();
    }

    /// Removes what the tree on disk has replaced. What somebody else put there meanwhile stays, and is named.
    fn settle(&mut self) {
        let change = std::mem::replace(&mut self.change, Change::None);
        if let Change::Take(staging) | Change::Exchange { staging, .. } = change {
            match staging.clear(&self.name) {
                Ok(found) => self.warnings.append(found),
                // The tree is written; what resists stays for the next run, which has to have its way.
                Err(errors) => {
                    let errors = errors.into_vec().into_iter();
                    self.warnings.extend(errors.map(Diagnostic::lesser));
                }
            }
        }
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if let Change::Take(staging) | Change::Exchange { staging, .. } = self.change {
            staging.discard(&self.name);
        }
    }
}

/// Changes several trees, or none: when the system refuses one, those before it are put back. What came of
/// each is in their order.
///
/// # Errors
/// As [`Output::write`].
pub fn commit(mut trees: Vec<Staged<'_>>) -> Result<Vec<Written>, Diagnostics> {
    for at in 0..trees.len() {
        if let Err(errors) = trees[at].apply() {
            trees[..at].iter_mut().rev().for_each(Staged::undo);
            return Err(errors);
        }
    }
    let written = trees.into_iter().map(|mut tree| {
        let changed = !matches!(tree.change, Change::None);
        tree.settle();
        let warnings = std::mem::take(&mut tree.warnings);
        Written { changed, warnings }
    });
    Ok(written.collect())
}

/// The files of a tree and its lock.
pub(super) fn wanted<'a>(tree: &'a Tree, lock: &'a str) -> Wanted<'a> {
    let mut wanted: Wanted = tree
        .iter()
        .map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
        .collect();
    assert!(
        wanted.keys().all(|path| is_relative(path)),
        "names of objects are validated before they become paths"
    );
    let taken = wanted.insert(LOCK_FILE, lock.as_bytes());
    assert!(taken.is_none(), "no object is compiled to the lock file");
    wanted
}

/// Builds the new tree.
fn build(plan: &Plan, next: Slot, durable: bool) -> Result<(), Diagnostics> {
    let refused = |path: &Path, error: io::Error| unwritable(&plan.path.join(path), error);
    let folder = next.create()?;
    let mut new = Way::new(&folder);
    let mut old = plan.folder.as_ref().map(Way::new);
    for (path, wish) in &plan.files {
        let path = Path::new(path);
        let old = old.as_mut().filter(|_| wish.found == Found::Same);
        new.go(path, make_folder)
            .map_err(io::Error::from)
            .and_then(|new| match old {
                Some(old) => keep(old.to(path)?, new, wish.bytes),
                None => disk::create(new.0, new.1, wish.bytes),
            })
            .map_err(|error| refused(path, error))?;
    }
    for entry in &plan.foreign {
        let path = &entry.path;
        let old = old.as_mut();
        let old = old.expect("foreign files were found in a folder");
        new.go(path, make_folder)
            .map_err(io::Error::from)
            .and_then(|new| carry(old.to(path)?, new, entry.kind))
            .map_err(|error| refused(path, error))?;
    }
    keep_rights(plan, &folder).map_err(|error| unwritable(&next.shown(), error))?;
    if durable {
        flush(&folder).map_err(|error| unwritable(&next.shown(), error))?;
    }
    Ok(())
}

fn make_folder(above: BorrowedFd, name: &OsStr, _: &Path) -> rustix::io::Result<()> {
    match mkdirat(above, name, NEW_FOLDER) {
        Err(Errno::EXIST) => Ok(()),
        made => made,
    }
}

/// Gives folders in which nothing is kiln's the rights that they had. What is private stays so.
fn keep_rights(plan: &Plan, folder: &Folder) -> io::Result<()> {
    let Some(old) = &plan.folder else {
        return Ok(());
    };
    let above = |path| {
        let folders = Path::ancestors(path).skip(1);
        folders.filter(|it| !it.as_os_str().is_empty())
    };
    let own: BTreeSet<&Path> = plan.files.keys().map(Path::new).flat_map(above).collect();
    let foreign = plan.foreign.iter().map(|it| it.path.as_path());
    let foreign: BTreeSet<&Path> = foreign.flat_map(above).collect();
    let (mut old, mut new) = (Way::new(old), Way::new(folder));
    // The innermost first: without its own rights a folder may not be entered.
    for path in foreign.iter().rev().filter(|it| !own.contains(*it)) {
        let (above, name) = old.to(path)?;
        let rights = statat(above, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode;
        let (above, name) = new.to(path)?;
        disk::set_rights(above, name, Mode::from_raw_mode(rights))?;
    }
    Ok(())
}

/// A file in an open folder.
type At<'a> = (BorrowedFd<'a>, &'a OsStr);

/// Takes an unchanged file over: a link costs less than a copy and keeps the time.
fn keep(old: At, new: At, bytes: &[u8]) -> io::Result<()> {
    match linkat(old.0, old.1, new.0, new.1, AtFlags::empty()) {
        Ok(()) => Ok(()),
        Err(_) => disk::create(new.0, new.1, bytes),
    }
}

/// Takes over what kiln did not write, as it is.
pub(super) fn carry(old: At, new: At, kind: FileType) -> io::Result<()> {
    if kind == FileType::Symlink {
        return Ok(disk::copy_link(old, new)?);
    }
    match linkat(old.0, old.1, new.0, new.1, AtFlags::empty()) {
        Ok(()) => Ok(()),
        // The system forbids links to other people's files, or the file system has none.
        Err(_) if kind == FileType::RegularFile => disk::copy_file(old, new),
        Err(error) => Err(error.into()),
    }
}

/// Waits until all that was written to the file system of a folder is on the medium.
#[cfg(target_os = "linux")]
fn flush(folder: &Folder) -> io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?)
}

/// Waits until all that was written is on the medium: only Linux can do it for one file system.
#[cfg(not(target_os = "linux"))]
fn flush(_: &Folder) -> io::Result<()> {
    rustix::fs::sync();
    Ok(())
}
