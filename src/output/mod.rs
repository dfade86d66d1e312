//! The output stage: compiled trees on disk, each with a lock, each replaced as a whole.
//!
//! Below the output folder (`out`) every environment has a folder of its own, and beside them
//! `.kiln-staging` exists while a run writes. A tree is built there and then exchanged with the one
//! it replaces, so whoever reads `out/NAME`, an engine or the next run after a crash, finds the
//! old tree or the new one. [`Output`] is the one door: `write` and `remove` change a tree,
//! `verify` and `compare` only look.

mod clear;
mod disk;
mod drift;
mod lock;
mod plan;
mod staging;
mod write;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

pub use lock::{LOCK_FILE, Lock};
pub use write::{Staged, Written, commit};

use crate::diagnostics::{Diagnostic, Diagnostics, codes};
use crate::digest::Digest;
use crate::world::Disk;
use disk::Folder;
use staging::Staging;

/// What one folder is to hold: relative paths, with `/` between their parts, and bytes.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// What the lock of a tree says that kiln wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The digests that a file may have; one side of a merge conflict each.
    pub files: BTreeMap<String, Vec<Digest>>,
    /// Whether the lock is whole, so that there is no other file of kiln's.
    pub are_complete: bool,
}

/// The folder that holds the compiled trees.
///
/// Any number of threads may work on different trees through one `Output`. From its first change
/// until it is dropped it keeps other runs waiting, so a thread that has two of them for the same
/// folder waits for itself.
#[derive(Debug)]
pub struct Output {
    /// Its path, for messages.
    shown: PathBuf,
    /// The folder above it that is open already, and the way down from there, on which nothing may be a link: it
    /// could lead kiln to the files of somebody else. Without one, the path is taken as it is written.
    above: Option<(Arc<File>, PathBuf)>,
    /// Opened once: from then on it stays the folder that it was.
    root: OnceLock<Arc<Folder>>,
    durable: bool,
    staging: OnceLock<Staging>,
    entering: Mutex<()>,
}

impl Output {
    /// The output below a folder, which need not exist yet; nothing is touched.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            shown: root.into(),
            above: None,
            root: OnceLock::new(),
            durable: false,
            staging: OnceLock::new(),
            entering: Mutex::new(()),
        }
    }

    /// The output at a path of a repository, which messages call `shown`. No folder on the way may be a link.
    #[must_use]
    pub fn beneath(world: &Disk, path: impl Into<PathBuf>, shown: impl Into<PathBuf>) -> Self {
        let mut output = Self::new(shown);
        output.above = Some((world.opened(), path.into()));
        output
    }

    /// Whether a new tree is on the medium before it replaces the old one (off by default).
    ///
    /// That guards against a loss of power, not only against the death of the process, and costs
    /// one flush of the whole file system for each tree that changes.
    #[must_use]
    pub fn durable(mut self, durable: bool) -> Self {
        self.durable = durable;
        self
    }

    /// The names of all folders in which there is a file, sorted: they may be trees.
    ///
    /// # Errors
    /// `OUTPUT` when the system does not list the folder.
    pub fn folders(&self) -> Result<Vec<String>, Diagnostics> {
        let Some(root) = self.root()? else {
            return Ok(Vec::new());
        };
        let folders = root.folders();
        let folders = folders.map_err(|error| unreadable(&self.shown, error))?;
        let mut names = Vec::new();
        for name in folders.into_iter().filter_map(|it| it.into_string().ok()) {
            if name.starts_with('.') {
                continue;
            }
            // What cannot be opened is reported by who has to.
            let tree = root.place(&name).open();
            if tree.map_or(true, |it| it.is_some_and(|it| it.is_used())) {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The lock of a tree, when it has one.
    ///
    /// # Errors
    /// `CORRUPT` when the lock cannot be understood, `OUTPUT` when the system refuses it.
    pub fn lock(&self, name: &str) -> Result<Option<Lock>, Diagnostics> {
        let Some(folder) = self.open(name)? else {
            return Ok(None);
        };
        let Some(text) = folder.read_lock()? else {
            return Ok(None);
        };
        Lock::parse(&text, &folder.shown.join(LOCK_FILE)).map(Some)
    }

    /// Which files kiln has written into a tree, as far as its lock still tells: also when it has merge
    /// conflict markers, or lost its tail.
    ///
    /// # Errors
    /// `OUTPUT` when the system refuses the lock.
    pub fn claims(&self, name: &str) -> Result<Option<Claims>, Diagnostics> {
        let Some(folder) = self.open(name)? else {
            return Ok(None);
        };
        let text = folder.read_lock()?;
        Ok(text.map(|text| Claims {
            files: lock::claims(&text),
            are_complete: Lock::parse(&text, &folder.shown.join(LOCK_FILE)).is_ok(),
        }))
    }

    /// Where a tree lies, for messages. A name is one part of a path: it may come from a command line.
    fn shown(&self, name: &str) -> Result<PathBuf, Diagnostics> {
        if name.starts_with('.') || !is_relative(name) || name.contains('/') {
            return Err(Diagnostic::error(
                codes::OUTPUT,
                format!("`{name}` cannot be the name of a folder of compiled output"),
            )
            .into());
        }
        Ok(self.shown.join(name))
    }

    /// Opens the folder of a tree; nothing when there is none.
    fn open(&self, name: &str) -> Result<Option<Folder>, Diagnostics> {
        self.shown(name)?;
        match self.root()? {
            Some(root) => root.place(name).open(),
            None => Ok(None),
        }
    }

    /// Whether what was opened is still the folder of a tree, or nothing where there is none.
    fn holds(&self, name: &str, opened: Option<&Folder>) -> Result<bool, Diagnostics> {
        let root = self.root()?;
        Ok(root.map_or(opened.is_none(), |root| root.place(name).holds(opened)))
    }

    /// The output folder, when there is one.
    fn root(&self) -> Result<Option<&Arc<Folder>>, Diagnostics> {
        self.descend(false)
    }

    /// The output folder, which is made where it is missing.
    fn made_root(&self) -> Result<&Arc<Folder>, Diagnostics> {
        if self.above.is_none() {
            fs::create_dir_all(&self.shown).map_err(|error| unwritable(&self.shown, error))?;
        }
        let made = self.descend(true)?;
        Ok(made.expect("what is missing on the way has been made"))
    }

    /// Goes down to the output folder, and makes what is missing if it shall.
    fn descend(&self, make: bool) -> Result<Option<&Arc<Folder>>, Diagnostics> {
        if let Some(root) = self.root.get() {
            return Ok(Some(root));
        }
        let refused = |error| unreadable(&self.shown, error);
        let mut folder;
        if let Some((above, way)) = &self.above {
            let above = above.try_clone().map_err(refused)?;
            let parts = way.iter().count();
            let shown = self.shown.ancestors().nth(parts).unwrap_or(Path::new(""));
            folder = Folder::new(above, shown.to_owned());
            for part in way {
                let place = folder.place(part);
                let next = if make {
                    Some(place.open_or_create()?)
                } else {
                    place.open()?
                };
                let Some(next) = next else {
                    return Ok(None);
                };
                folder = next;
            }
        } else {
            match File::open(&self.shown) {
                Ok(opened) => folder = Folder::new(opened, self.shown.clone()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(refused(error)),
            }
        }
        Ok(Some(self.root.get_or_init(|| Arc::new(folder))))
    }

    /// This run's staging folder, entered by the first thread that has something to change.
    fn staging(&self) -> Result<&Staging, Diagnostics> {
        let _guard = self
            .entering
            .lock()
            .expect("entering the staging folder does not panic");
        if let Some(staging) = self.staging.get() {
            return Ok(staging);
        }
        let staging = Staging::enter(self.made_root()?)?;
        Ok(self.staging.get_or_init(|| staging))
    }

    /// Takes up what a killed run left, and waits for a run that is still at work.
    fn recover(&self) -> Result<(), Diagnostics> {
        let root = self.root()?;
        if self.staging.get().is_none() && root.is_some_and(|root| Staging::exists(root)) {
            self.staging()?;
        }
        Ok(())
    }
}

/// Whether a path stays below the folder that it is relative to, on every system.
fn is_relative(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// What the system said when it would not let something be written.
fn unwritable(path: &Path, error: impl Into<io::Error>) -> Diagnostics {
    refused("written", path, &error.into())
}

/// What the system said when it would not let something be read.
fn unreadable(path: &Path, error: impl Into<io::Error>) -> Diagnostics {
    refused("read", path, &error.into())
}

fn refused(what: &str, path: &Path, error: &io::Error) -> Diagnostics {
    let title = format!("`{}` cannot be {what}: {error}", path.display());
    Diagnostic::error(codes::OUTPUT, title).in_file(path).into()
}
