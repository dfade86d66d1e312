//! The staging folder: where new trees are built, and the lock between runs.
//!
//! ```text
//! out/.kiln-staging/lock         held with flock while a run writes
//! out/.kiln-staging/next/NAME    the tree being built; after the exchange, the one it replaced
//! out/.kiln-staging/aside/NAME   only where nothing can be exchanged: the old tree, on its way out
//! out/.kiln-staging/copy/NAME    only where nothing can be moved either: a copy of the old tree
//! ```
//!
//! The folder goes with the run. When it is still there and the lock is free, a run was killed.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, openat};
use rustix::io::{Errno, retry_on_intr};

use super::{disk, unwritable};
use crate::diagnostics::Diagnostics;

const STAGING: &str = ".kiln-staging";

const FOLDERS: [&str; 3] = ["next", "aside", "copy"];

/// The staging folder of this run, and the right to use it.
#[derive(Debug)]
pub(super) struct Staging {
    root: PathBuf,
    path: PathBuf,
    /// Released by the system when it is closed, also for a killed run.
    _lock: File,
}

impl Staging {
    /// Whether there is a staging folder: a run is at work, or was killed.
    pub fn exists(root: &Path) -> bool {
        root.join(STAGING).symlink_metadata().is_ok()
    }

    /// Waits until no other run writes, and cleans up after one that was killed.
    pub fn enter(root: &Path) -> Result<Self, Diagnostics> {
        let path = root.join(STAGING);
        let lock = acquire(&path).inspect_err(|_| {
            // Goes only when it is empty, so only when this run has just made it.
            let _ = fs::remove_dir(&path);
        })?;
        let staging = Self {
            root: root.to_owned(),
            path,
            _lock: lock,
        };
        staging.sweep()?;
        for folder in FOLDERS.map(|it| staging.path.join(it)) {
            fs::create_dir(&folder).map_err(|error| unwritable(&folder, error))?;
        }
        Ok(staging)
    }

    /// Where the new tree of an environment is built.
    pub fn next(&self, name: &str) -> PathBuf {
        self.path.join("next").join(name)
    }

    /// Puts the new tree of an environment in the place of the old one, which ends in `next`.
    pub fn exchange(&self, name: &str) -> Result<(), Diagnostics> {
        let target = self.root.join(name);
        let next = self.next(name);
        match exchange(&next, &target) {
            Ok(()) => Ok(()),
            Err(Errno::NOENT) => fs::rename(&next, &target),
            // A system, or a file system (of a network, of a virtual machine's host), that cannot
            // exchange. Between the first two renames there is no tree: a run killed there
            // leaves it aside, where the next one finds it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                let aside = self.path.join("aside").join(name);
                fs::rename(&target, &aside)
                    .and_then(|()| {
                        fs::rename(&next, &target).inspect_err(|_| {
                            // Should this fail too, the next run tries it again.
                            let _ = fs::rename(&aside, &target);
                        })
                    })
                    .and_then(|()| fs::rename(&aside, &next))
            }
            // A folder of a lower layer of an overlay (a container's image) can be removed, and not moved.
            Err(Errno::XDEV) => self.copy_away(name).and_then(|copy| {
                fs::rename(&next, &target)
                    .and_then(|()| fs::rename(&copy, &next))
                    .inspect_err(|_| {
                        // Should this fail too, the next run tries it again.
                        let _ = fs::rename(&copy, &target);
                    })
            }),
            Err(error) => Err(error.into()),
        }
        .map_err(|error| unwritable(&target, error))
    }

    /// Takes the tree of an environment away, into `next`.
    pub fn take(&self, name: &str) -> Result<(), Diagnostics> {
        let target = self.root.join(name);
        match fs::rename(&target, self.next(name)) {
            Err(error) if error.kind() == ErrorKind::CrossesDevices => self
                .copy_away(name)
                .and_then(|copy| fs::rename(copy, self.next(name))),
            moved => moved,
        }
        .map_err(|error| unwritable(&target, error))
    }

    /// Copies a tree and removes it. From when the copy is whole until it is moved on, it is what the next run
    /// puts back if this one is killed: the tree itself may be half gone.
    fn copy_away(&self, name: &str) -> io::Result<PathBuf> {
        let target = self.root.join(name);
        let building = self.path.join("aside").join(name);
        let copy = self.path.join("copy").join(name);
        disk::copy(&target, &building)?;
        fs::rename(&building, &copy)?;
        disk::remove(&target)?;
        Ok(copy)
    }

    /// Removes what lies in `next`. What resists is for the next run to sweep and to report.
    pub fn discard(&self, name: &str) {
        let _ = disk::remove(&self.next(name));
    }

    /// Removes what a killed run left, and puts back a tree that it had moved aside, or of which it had a copy.
    fn sweep(&self) -> Result<(), Diagnostics> {
        for (from, is_copy) in [("aside", false), ("copy", true)] {
            let from = self.path.join(from);
            // Through a link in its place somebody would have kiln move the files of another folder.
            if !fs::symlink_metadata(&from).is_ok_and(|it| it.is_dir()) {
                continue;
            }
            // What cannot be listed may be the only copy of a tree, and is not swept.
            let refused = |error| unwritable(&from, error);
            for tree in fs::read_dir(&from).map_err(refused)? {
                let tree = tree.map_err(refused)?;
                let target = self.root.join(tree.file_name());
                let refused = |error| unwritable(&target, error);
                if is_copy {
                    disk::remove(&target).map_err(refused)?;
                }
                // What is aside beside a tree was on its way out, or is half a copy.
                if target.symlink_metadata().is_err() {
                    fs::rename(tree.path(), &target).map_err(refused)?;
                }
            }
        }
        for folder in FOLDERS.map(|it| self.path.join(it)) {
            disk::remove(&folder).map_err(|error| unwritable(&folder, error))?;
        }
        Ok(())
    }
}

impl Drop for Staging {
    /// Leaves nothing behind but what could not be removed, which the next run sweeps.
    fn drop(&mut self) {
        for folder in FOLDERS {
            let _ = fs::remove_dir(self.path.join(folder));
        }
        let _ = fs::remove_file(self.path.join("lock"));
        let _ = fs::remove_dir(&self.path);
    }
}

/// Creates the staging folder and waits for its lock.
fn acquire(staging: &Path) -> Result<File, Diagnostics> {
    let refused = |error| unwritable(staging, error);
    loop {
        fs::create_dir_all(staging).map_err(refused)?;
        // The run before this one may have just left and taken the folder, or the lock, with it.
        let Some(folder) = disk::open(staging)? else {
            continue;
        };
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let lock = match openat(&folder, "lock", flags, Mode::from_raw_mode(0o666)) {
            Err(Errno::NOENT) => continue,
            opened => File::from(opened.map_err(|error| refused(error.into()))?),
        };
        retry_on_intr(|| flock(&lock, FlockOperation::LockExclusive))
            .map_err(|error| refused(error.into()))?;
        let held = lock.metadata().map_err(refused)?;
        if fs::symlink_metadata(staging.join("lock"))
            .is_ok_and(|now| (now.dev(), now.ino()) == (held.dev(), held.ino()))
        {
            return Ok(lock);
        }
    }
}

/// Exchanges two folders in one step.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> rustix::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)
}

/// Says that this system cannot exchange two folders, unless there is nothing to exchange with.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_: &Path, other: &Path) -> rustix::io::Result<()> {
    let there = other.symlink_metadata().is_ok();
    Err(if there { Errno::NOSYS } else { Errno::NOENT })
}
