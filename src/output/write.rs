//! Replacing a tree as a whole.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, chmodat, linkat, mkdirat, openat, readlinkat, statat,
    symlinkat,
};
use rustix::io::Errno;

use super::disk::{self, Entry};
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
    /// Nothing is written when nothing differs. Foreign files stay; an empty folder is no file and
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
        let path = self.path(name)?;
        self.recover()?;
        loop {
            let plan = Plan::new(&path, wanted)?;
            let staged = |change, warnings| Staged {
                name: name.to_owned(),
                change,
                warnings,
            };
            if plan.is_done() {
                return Ok(staged(Change::None, plan.diagnostics()));
            }
            let staging = self.staging()?;
            // Another run may have replaced the tree while this one waited for its turn.
            if !plan.is_current() {
                continue;
            }
            let warnings = plan.diagnostics();
            if warnings.has_errors() {
                return Err(warnings);
            }
            if plan.files.is_empty() && plan.foreign.is_empty() {
                return Ok(staged(Change::Take(staging), warnings));
            }
            let built = build(&plan, &staging.next(name), self.durable);
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
fn build(plan: &Plan, next: &Path, durable: bool) -> Result<(), Diagnostics> {
    let refused = |path: &Path, error: io::Error| unwritable(&plan.path.join(path), error);
    fs::create_dir(next).map_err(|error| unwritable(next, error))?;
    let folder = disk::open(next)?.expect("the folder has just been created");
    let mut folders = Folders::new(&folder);
    for (path, wish) in &plan.files {
        let path = Path::new(path);
        folders
            .create_parents(path)
            .and_then(|()| match &plan.folder {
                Some(old) if wish.found == Found::Same => keep(old, &folder, path, wish.bytes),
                _ => create(&folder, path, wish.bytes),
            })
            .map_err(|error| refused(path, error))?;
    }
    for entry in &plan.foreign {
        let old = plan.folder.as_ref();
        let old = old.expect("foreign files were found in a folder");
        folders
            .create_parents(&entry.path)
            .and_then(|()| carry(old, &folder, entry))
            .map_err(|error| refused(&entry.path, error))?;
    }
    keep_rights(plan, &folder).map_err(|error| unwritable(next, error))?;
    if durable {
        flush(&folder).map_err(|error| unwritable(next, error))?;
    }
    Ok(())
}

/// Gives folders in which nothing is kiln's the rights that they had. What is private stays so.
fn keep_rights(plan: &Plan, folder: &File) -> io::Result<()> {
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
    // The innermost first: without its own rights a folder may not be entered.
    for path in foreign.iter().rev().filter(|it| !own.contains(*it)) {
        let rights = statat(old, *path, AtFlags::SYMLINK_NOFOLLOW)?.st_mode;
        chmodat(folder, *path, Mode::from_raw_mode(rights), AtFlags::empty())?;
    }
    Ok(())
}

/// Creates folders on the way, each once as long as the paths come sorted.
struct Folders<'a> {
    root: &'a File,
    last: Vec<u8>,
}

impl<'a> Folders<'a> {
    fn new(root: &'a File) -> Self {
        let last = Vec::new();
        Self { root, last }
    }

    fn create_parents(&mut self, path: &Path) -> io::Result<()> {
        let path = path.as_os_str().as_bytes();
        let slashes = (0..path.len()).filter(|at| path[*at] == b'/');
        for slash in slashes {
            // All paths below one folder follow each other, so what the last one had is there.
            if self.last.starts_with(&path[..=slash]) {
                continue;
            }
            match mkdirat(self.root, &path[..slash], Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.last.clear();
        self.last.extend_from_slice(path);
        Ok(())
    }
}

fn create(folder: &File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    new_file(folder, path)?.write_all(bytes)
}

fn new_file(folder: &File, path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = openat(folder, path, flags, Mode::from_raw_mode(0o666))?;
    Ok(File::from(file))
}

/// Takes an unchanged file over: a link costs less than a copy and keeps the time.
fn keep(old: &File, new: &File, path: &Path, bytes: &[u8]) -> io::Result<()> {
    match linkat(old, path, new, path, AtFlags::empty()) {
        Ok(()) => Ok(()),
        Err(_) => create(new, path, bytes),
    }
}

/// Takes over what kiln did not write, as it is.
pub(super) fn carry(old: &File, new: &File, entry: &Entry) -> io::Result<()> {
    let path = entry.path.as_path();
    if entry.kind == FileType::Symlink {
        let target = readlinkat(old, path, Vec::new())?;
        return Ok(symlinkat(target, new, path)?);
    }
    match linkat(old, path, new, path, AtFlags::empty()) {
        Ok(()) => Ok(()),
        // The system forbids links to other people's files, or the file system has none.
        Err(_) if entry.kind == FileType::RegularFile => copy(old, new, path),
        Err(error) => Err(error.into()),
    }
}

fn copy(old: &File, new: &File, path: &Path) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut from = File::from(openat(old, path, flags, Mode::empty())?);
    let mut to = new_file(new, path)?;
    io::copy(&mut from, &mut to)?;
    let mode = from.metadata()?.permissions().mode();
    to.set_permissions(fs::Permissions::from_mode(mode))
}

/// Waits until all that was written to the file system of a folder is on the medium.
#[cfg(target_os = "linux")]
fn flush(folder: &File) -> io::Result<()> {
    Ok(rustix::fs::syncfs(folder)?)
}

/// Waits until all that was written is on the medium: only Linux can do it for one file system.
#[cfg(not(target_os = "linux"))]
fn flush(_: &File) -> io::Result<()> {
    rustix::fs::sync();
    Ok(())
}
