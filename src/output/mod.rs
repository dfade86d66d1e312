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
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::{fs, io};

pub use lock::{Digest, LOCK_FILE, Lock};
pub use write::{Staged, Written, commit};

use crate::diagnostics::{Diagnostic, Diagnostics, codes};
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
    root: PathBuf,
    /// A folder above, from which on nothing may be a link.
    top: PathBuf,
    durable: bool,
    staging: OnceLock<Staging>,
    entering: Mutex<()>,
}

impl Output {
    /// The output below a folder, which need not exist yet; nothing is touched.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        let top = root.parent().map(Path::to_owned).unwrap_or_default();
        Self {
            root,
            top,
            durable: false,
            staging: OnceLock::new(),
            entering: Mutex::new(()),
        }
    }

    /// The same, where no folder on the way down from another may be a link: it could lead kiln to the files of
    /// somebody else.
    #[must_use]
    pub fn beneath(mut self, top: impl Into<PathBuf>) -> Self {
        self.top = top.into();
        self
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

    /// The names of the trees that have a lock, sorted.
    ///
    /// # Errors
    /// `OUTPUT` when the system does not list the folder.
    pub fn names(&self) -> Result<Vec<String>, Diagnostics> {
        let mut names = self.folders()?;
        names.retain(|name| self.root.join(name).join(LOCK_FILE).is_file());
        Ok(names)
    }

    /// The names of all folders that may be trees, sorted.
    ///
    /// # Errors
    /// `OUTPUT` when the system does not list the folder.
    pub fn folders(&self) -> Result<Vec<String>, Diagnostics> {
        self.refuse_links()?;
        let refused = |error| unreadable(&self.root, error);
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(refused(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(refused)?;
            let is_folder = entry.file_type().map_err(refused)?.is_dir();
            if is_folder {
                names.extend(entry.file_name().into_string());
            }
        }
        names.retain(|name| !name.starts_with('.'));
        names.sort_unstable();
        Ok(names)
    }

    /// The lock of a tree, when it has one.
    ///
    /// # Errors
    /// `CORRUPT` when the lock cannot be understood, `OUTPUT` when the system refuses it.
    pub fn lock(&self, name: &str) -> Result<Option<Lock>, Diagnostics> {
        let path = self.path(name)?;
        let Some(folder) = disk::open(&path)? else {
            return Ok(None);
        };
        let Some(text) = disk::read_lock(&folder, &path)? else {
            return Ok(None);
        };
        Lock::parse(&text, &path.join(LOCK_FILE)).map(Some)
    }

    /// Which files kiln has written into a tree, as far as its lock still tells: also when it has merge
    /// conflict markers, or lost its tail.
    ///
    /// # Errors
    /// `OUTPUT` when the system refuses the lock.
    pub fn claims(&self, name: &str) -> Result<Option<Claims>, Diagnostics> {
        let path = self.path(name)?;
        let Some(folder) = disk::open(&path)? else {
            return Ok(None);
        };
        let text = disk::read_lock(&folder, &path)?;
        Ok(text.map(|text| Claims {
            files: lock::claims(&text),
            are_complete: Lock::parse(&text, &path.join(LOCK_FILE)).is_ok(),
        }))
    }

    /// Where a tree lies. A name is one part of a path: it may come from a command line.
    fn path(&self, name: &str) -> Result<PathBuf, Diagnostics> {
        if name.starts_with('.') || !is_relative(name) || name.contains('/') {
            return Err(Diagnostic::error(
                codes::OUTPUT,
                format!("`{name}` cannot be the name of a folder of compiled output"),
            )
            .into());
        }
        self.refuse_links()?;
        Ok(self.root.join(name))
    }

    fn refuse_links(&self) -> Result<(), Diagnostics> {
        let mut folder = self.top.clone();
        for part in self.root.strip_prefix(&self.top).into_iter().flatten() {
            folder.push(part);
            if disk::open(&folder)?.is_none() {
                break;
            }
        }
        Ok(())
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
        let staging = Staging::enter(&self.root)?;
        Ok(self.staging.get_or_init(|| staging))
    }

    /// Takes up what a killed run left, and waits for a run that is still at work.
    fn recover(&self) -> Result<(), Diagnostics> {
        if self.staging.get().is_none() && Staging::exists(&self.root) {
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
