//! The staging folder: where new trees are built, and the lock between runs.
//!
//! ```text
//! out/.kiln-staging/lock         held with flock while a run writes
//! out/.kiln-staging/next/NAME    the tree being built, or a copy being made
//! out/.kiln-staging/ready/NAME   the tree that is built; after the exchange, the one it replaced
//! out/.kiln-staging/aside/NAME   only where nothing can be exchanged: the old tree, on its way out
//! out/.kiln-staging/copy/NAME    only where nothing can be moved either: a copy of the old tree
//! ```
//!
//! The folder goes with the run. When it is still there and the lock is free, a run was killed. What is in
//! `next` is then half of something that is elsewhere; whatever else is there may hold what somebody put into
//! a tree while it was replaced, and is cleared with care.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, openat};
use rustix::io::{Errno, retry_on_intr};

use super::clear::clear;
use super::{disk, unwritable};
use crate::diagnostics::Diagnostics;

const STAGING: &str = ".kiln-staging";

const FOLDERS: [&str; 4] = ["next", "ready", "aside", "copy"];

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

    /// Says that the new tree of an environment is built.
    pub fn finish(&self, name: &str) -> Result<(), Diagnostics> {
        let next = self.next(name);
        fs::rename(&next, self.ready(name)).map_err(|error| unwritable(&next, error))
    }

    fn ready(&self, name: &str) -> PathBuf {
        self.path.join("ready").join(name)
    }

    /// Puts the new tree of an environment in the place of the old one, which ends in `ready`.
    pub fn exchange(&self, name: &str) -> Result<(), Diagnostics> {
        let target = self.root.join(name);
        let ready = self.ready(name);
        match exchange(&ready, &target) {
            Ok(()) => Ok(()),
            Err(Errno::NOENT) => fs::rename(&ready, &target),
            // A system, or a file system (of a network, of a virtual machine's host), that cannot
            // exchange. Between the first two renames there is no tree: a run killed there
            // leaves it aside, where the next one finds it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                let aside = self.path.join("aside").join(name);
                fs::rename(&target, &aside)
                    .and_then(|()| {
                        fs::rename(&ready, &target).inspect_err(|_| {
                            // Should this fail too, the next run tries it again.
                            let _ = fs::rename(&aside, &target);
                        })
                    })
                    .and_then(|()| fs::rename(&aside, &ready))
            }
            // A folder of a lower layer of an overlay (a container's image) can be removed, and not moved.
            Err(Errno::XDEV) => {
                let copy = self.copy_away(name)?;
                fs::rename(&ready, &target)
                    .and_then(|()| fs::rename(&copy, &ready))
                    .inspect_err(|_| {
                        // Should this fail too, the next run tries it again.
                        let _ = fs::rename(&copy, &target);
                    })
            }
            Err(error) => Err(error.into()),
        }
        .map_err(|error| unwritable(&target, error))
    }

    /// Takes the tree of an environment away, into `ready`.
    pub fn take(&self, name: &str) -> Result<(), Diagnostics> {
        let target = self.root.join(name);
        match fs::rename(&target, self.ready(name)) {
            Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                fs::rename(self.copy_away(name)?, self.ready(name))
            }
            moved => moved,
        }
        .map_err(|error| unwritable(&target, error))
    }

    /// Copies a tree and removes it. From when the copy is whole until it is moved on, it is what the next run
    /// puts back if this one is killed: the tree itself may be half gone.
    fn copy_away(&self, name: &str) -> Result<PathBuf, Diagnostics> {
        let target = self.root.join(name);
        let building = self.next(name);
        let copy = self.path.join("copy").join(name);
        disk::copy(&target, &building)
            .and_then(|()| fs::rename(&building, &copy))
            .map_err(|error| unwritable(&target, error))?;
        clear(&target, &copy)?;
        Ok(copy)
    }

    /// Removes a new tree that is not wanted any more. What resists is for the next run to sweep and to report.
    pub fn discard(&self, name: &str) {
        for tree in [self.next(name), self.ready(name)] {
            let _ = disk::remove(&tree);
        }
    }

    /// Removes the tree that was replaced, as [`clear`] does.
    pub fn clear(&self, name: &str) -> Result<Diagnostics, Diagnostics> {
        clear(&self.ready(name), &self.root.join(name))
    }

    /// Removes what a killed run left, and puts back a tree that it had moved aside, or of which it had a copy.
    fn sweep(&self) -> Result<(), Diagnostics> {
        let refused = |path: &Path| {
            let path = path.to_owned();
            move |error| unwritable(&path, error)
        };
        for folder in FOLDERS {
            let folder = self.path.join(folder);
            // Through a link in its place somebody would have kiln move the files of another folder.
            let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|it| it.is_dir());
            if folder.ends_with("next") || !is_folder(&folder) {
                continue;
            }
            // What cannot be listed may be the only copy of a tree, and is not swept.
            for tree in fs::read_dir(&folder).map_err(refused(&folder))? {
                let tree = tree.map_err(refused(&folder))?;
                let target = self.root.join(tree.file_name());
                let tree = tree.path();
                if !is_folder(&tree) {
                    continue;
                }
                // A tree of which there is a copy may be half gone.
                if folder.ends_with("copy") {
                    clear(&target, &tree)?;
                }
                if folder.ends_with("ready") || target.symlink_metadata().is_ok() {
                    clear(&tree, &target)?;
                } else {
                    fs::rename(&tree, &target).map_err(refused(&target))?;
                }
            }
        }
        for folder in FOLDERS.map(|it| self.path.join(it)) {
            disk::remove(&folder).map_err(refused(&folder))?;
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
