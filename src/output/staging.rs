//! The staging folder: where new trees are built, and the lock between runs.
//!
//! ```text
//! out/.kiln-staging/lock         held with flock while a run writes
//! out/.kiln-staging/next/NAME    the tree being built; after the exchange, the one it replaced
//! out/.kiln-staging/aside/NAME   only where nothing can be exchanged: the old tree, on its way out
//! ```
//!
//! The folder goes with the run. When it is still there and the lock is free, a run was killed.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, openat};
use rustix::io::{Errno, retry_on_intr};

use super::{disk, unwritable};
use crate::diagnostics::Diagnostics;

const STAGING: &str = ".kiln-staging";

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
        for folder in [staging.path.join("next"), staging.path.join("aside")] {
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
            Err(error) => Err(error.into()),
        }
        .map_err(|error| unwritable(&target, error))
    }

    /// Takes the tree of an environment away.
    pub fn take(&self, name: &str) -> Result<(), Diagnostics> {
        let target = self.root.join(name);
        fs::rename(&target, self.next(name)).map_err(|error| unwritable(&target, error))
    }

    /// Removes what lies in `next`. What resists is for the next run to sweep and to report.
    pub fn discard(&self, name: &str) {
        let _ = fs::remove_dir_all(self.next(name));
    }

    /// Removes what a killed run left, and puts back a tree that it had moved aside.
    fn sweep(&self) -> Result<(), Diagnostics> {
        let aside = self.path.join("aside");
        if let Ok(trees) = fs::read_dir(&aside) {
            for tree in trees.flatten() {
                let target = self.root.join(tree.file_name());
                if target.symlink_metadata().is_err() {
                    fs::rename(tree.path(), &target).map_err(|error| unwritable(&target, error))?;
                }
            }
        }
        for folder in [self.path.join("next"), aside] {
            match fs::remove_dir_all(&folder) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(unwritable(&folder, error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Staging {
    /// Leaves nothing behind but what could not be removed, which the next run sweeps.
    fn drop(&mut self) {
        let _ = fs::remove_dir(self.path.join("next"));
        let _ = fs::remove_dir(self.path.join("aside"));
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
