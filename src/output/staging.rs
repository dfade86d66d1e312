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

use std::fs::File;
use std::sync::Arc;

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, flock, openat, unlinkat};
use rustix::io::{Errno, retry_on_intr};

use super::clear::clear;
use super::disk::{Folder, Slot};
use super::{unreadable, unwritable};
use crate::diagnostics::Diagnostics;

const STAGING: &str = ".kiln-staging";

const FOLDERS: [&str; 4] = ["next", "ready", "aside", "copy"];

/// What is held while a run writes.
const LOCK: &str = "lock";

/// The staging folder of this run, and the right to use it.
#[derive(Debug)]
pub(super) struct Staging {
    root: Arc<Folder>,
    own: Folder,
    /// [`FOLDERS`], opened, so that nobody can lead kiln elsewhere.
    folders: Vec<Folder>,
    /// Released by the system when it is closed, also for a killed run.
    _lock: File,
}

impl Staging {
    /// Whether there is a staging folder: a run is at work, or was killed.
    pub fn exists(root: &Folder) -> bool {
        root.place(STAGING).is_taken()
    }

    /// Waits until no other run writes, and cleans up after one that was killed.
    pub fn enter(root: &Arc<Folder>) -> Result<Self, Diagnostics> {
        Self::try_to_enter(Arc::clone(root)).or_else(|errors| {
            if open_up(root) {
                Self::try_to_enter(Arc::clone(root))
            } else {
                Err(errors)
            }
        })
    }

    fn try_to_enter(root: Arc<Folder>) -> Result<Self, Diagnostics> {
        let (own, lock) = acquire(&root).inspect_err(|_| {
            // Goes only when it is empty, so only when this run has just made it.
            let _ = root.place(STAGING).remove_empty();
        })?;
        let mut staging = Self {
            root,
            own,
            folders: Vec::new(),
            _lock: lock,
        };
        staging.sweep()?;
        for folder in FOLDERS {
            let folder = staging.own.place(folder).create()?;
            staging.folders.push(folder);
        }
        Ok(staging)
    }

    fn tree<'a>(&'a self, name: &'a str) -> Slot<'a> {
        self.root.place(name)
    }

    fn in_folder<'a>(&'a self, folder: &str, name: &'a str) -> Slot<'a> {
        let at = FOLDERS.iter().position(|it| *it == folder);
        let at = at.expect("only the folders of staging are asked for");
        self.folders[at].place(name)
    }

    /// Where the new tree of an environment is built.
    pub fn next<'a>(&'a self, name: &'a str) -> Slot<'a> {
        self.in_folder("next", name)
    }

    /// Says that the new tree of an environment is built.
    pub fn finish(&self, name: &str) -> Result<(), Diagnostics> {
        let next = self.next(name);
        let moved = next.move_to(self.ready(name));
        moved.map_err(|error| unwritable(&next.shown(), error))
    }

    fn ready<'a>(&'a self, name: &'a str) -> Slot<'a> {
        self.in_folder("ready", name)
    }

    /// Puts the new tree of an environment in the place of the old one, which ends in `ready`.
    pub fn exchange(&self, name: &str) -> Result<(), Diagnostics> {
        let target = self.tree(name);
        let ready = self.ready(name);
        let exchanged = match ready.exchange(target) {
            Ok(()) => Ok(()),
            Err(Errno::NOENT) => ready.move_to(target),
            // A system, or a file system (of a network, of a virtual machine's host), that cannot
            // exchange. Between the first two renames there is no tree: a run killed there
            // leaves it aside, where the next one finds it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                let aside = self.in_folder("aside", name);
                target
                    .move_to(aside)
                    .and_then(|()| {
                        ready.move_to(target).inspect_err(|_| {
                            // Should this fail too, the next run tries it again.
                            let _ = aside.move_to(target);
                        })
                    })
                    .and_then(|()| aside.move_to(ready))
            }
            // A folder of a lower layer of an overlay (a container's image) can be removed, and not moved.
            Err(Errno::XDEV) => {
                let copy = self.copy_away(name)?;
                ready
                    .move_to(target)
                    .and_then(|()| copy.move_to(ready))
                    .inspect_err(|_| {
                        // Should this fail too, the next run tries it again.
                        let _ = copy.move_to(target);
                    })
            }
            Err(error) => Err(error),
        };
        exchanged.map_err(|error| unwritable(&target.shown(), error))
    }

    /// Takes the tree of an environment away, into `ready`.
    pub fn take(&self, name: &str) -> Result<(), Diagnostics> {
        let target = self.tree(name);
        let taken = match target.move_to(self.ready(name)) {
            Err(Errno::XDEV) => self.copy_away(name)?.move_to(self.ready(name)),
            moved => moved,
        };
        taken.map_err(|error| unwritable(&target.shown(), error))
    }

    /// Copies a tree and removes it. From when the copy is whole until it is moved on, it is what the next run
    /// puts back if this one is killed: the tree itself may be half gone.
    fn copy_away<'a>(&'a self, name: &'a str) -> Result<Slot<'a>, Diagnostics> {
        let target = self.tree(name);
        let building = self.next(name);
        let copy = self.in_folder("copy", name);
        target
            .copy_to(building)
            .and_then(|()| Ok(building.move_to(copy)?))
            .map_err(|error| unwritable(&target.shown(), error))?;
        clear(target, copy)?;
        Ok(copy)
    }

    /// Removes a new tree that is not wanted any more. What resists is for the next run to sweep and to report.
    pub fn discard(&self, name: &str) {
        for tree in [self.next(name), self.ready(name)] {
            let _ = tree.remove();
        }
    }

    /// Removes the tree that was replaced, as [`clear`] does.
    pub fn clear(&self, name: &str) -> Result<Diagnostics, Diagnostics> {
        clear(self.ready(name), self.tree(name))
    }

    /// Removes what a killed run left, and puts back a tree that it had moved aside, or of which it had a copy.
    fn sweep(&self) -> Result<(), Diagnostics> {
        for name in FOLDERS {
            let folder = self.own.place(name);
            // Through a link in its place somebody would have kiln move the files of another folder.
            if name == "next" || !folder.is_folder() {
                continue;
            }
            let Some(folder) = folder.open()? else {
                continue;
            };
            let trees = folder.folders();
            // What cannot be listed may be the only copy of a tree, and is not swept.
            for tree in trees.map_err(|error| unreadable(&folder.shown, error))? {
                let target = self.root.place(&tree);
                let tree = folder.place(&tree);
                // A tree of which there is a copy may be half gone.
                if name == "copy" {
                    clear(target, tree)?;
                }
                if name == "ready" || target.is_taken() {
                    clear(tree, target)?;
                } else {
                    tree.move_to(target)
                        .map_err(|error| unwritable(&target.shown(), error))?;
                }
            }
        }
        for folder in FOLDERS.map(|it| self.own.place(it)) {
            folder
                .remove()
                .map_err(|error| unwritable(&folder.shown(), error))?;
        }
        Ok(())
    }
}

impl Drop for Staging {
    /// Leaves nothing behind but what could not be removed, which the next run sweeps.
    fn drop(&mut self) {
        for folder in FOLDERS {
            let _ = self.own.place(folder).remove_empty();
        }
        let _ = unlinkat(&self.own, LOCK, AtFlags::empty());
        let _ = self.root.place(STAGING).remove_empty();
    }
}

/// Gives the owner back the rights to what a run has left and somebody has guarded since. What is in the trees keeps
/// its own, for it may go back to its place.
fn open_up(root: &Folder) -> bool {
    let staging = root.place(STAGING);
    if !staging.is_folder() || staging.let_owner_in().is_err() {
        return false;
    }
    if let Ok(Some(own)) = staging.open() {
        for folder in FOLDERS.map(|it| own.place(it)) {
            // What cannot be entered then is reported by who has to.
            let _ = folder.let_owner_in();
        }
    }
    true
}

/// Creates the staging folder and waits for its lock.
fn acquire(root: &Folder) -> Result<(Folder, File), Diagnostics> {
    let staging = root.place(STAGING);
    let refused = |error: Errno| unwritable(&staging.shown(), error);
    loop {
        // The run before this one may have just left and taken the folder, or the lock, with it.
        let own = staging.open_or_create()?;
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let lock = match openat(&own, LOCK, flags, Mode::from_raw_mode(0o666)) {
            Err(Errno::NOENT) => continue,
            opened => File::from(opened.map_err(refused)?),
        };
        retry_on_intr(|| flock(&lock, FlockOperation::LockExclusive)).map_err(refused)?;
        if own.place(LOCK).holds(Some(&lock)) && staging.holds(Some(&own)) {
            return Ok((own, lock));
        }
    }
}
