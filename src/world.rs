//! What a compile may see of the outside: files of one repository, and nothing else.
//!
//! The stages read through [`World`], so they can compile a working tree, a git revision or a test's
//! memory alike, and so that no path can leave the repository.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The largest input that is read, in bytes. A spec of a thousand tables has a tenth of this; more is
/// a file that was named by mistake, and reading it would only delay the message.
pub const MAX_FILE: u64 = 16 * 1024 * 1024;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    Missing,
    /// The path, or a symbolic link on it, leads out of the repository.
    Outside,
    /// The file has this many bytes, more than [`MAX_FILE`].
    TooLarge(u64),
    /// The system's words.
    System(String),
}

/// The files of one repository, by their paths from its root with `/` as separator.
pub trait World {
    /// The bytes of a file.
    ///
    /// # Errors
    /// When there is no such file in the repository, or it cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The paths of all files at or below a folder, sorted; none when there is no such folder.
    fn list(&self, folder: &str) -> Vec<String>;
}

/// Joins a path that a file states to the folder of that file, without leaving the root.
#[must_use]
pub fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains(['\\', '\0']) {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The folder of a path, empty for a file at the root.
#[must_use]
pub fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The working tree below a folder.
#[derive(Clone, Debug)]
pub struct Disk {
    root: PathBuf,
}

impl Disk {
    /// The working tree at a root.
    ///
    /// # Errors
    /// When the root is no folder that can be opened.
    pub fn new(root: &Path) -> io::Result<Self> {
        Ok(Self {
            root: fs::canonicalize(root)?,
        })
    }

    /// The root, without symbolic links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }
}

impl World for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let real = fs::canonicalize(self.root.join(path)).map_err(ReadError::from)?;
        if !real.starts_with(&self.root) {
            return Err(ReadError::Outside);
        }
        let size = fs::metadata(&real)?.len();
        if size > MAX_FILE {
            return Err(ReadError::TooLarge(size));
        }
        Ok(fs::read(&real)?)
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut pending = vec![folder.to_owned()];
        while let Some(folder) = pending.pop() {
            let Ok(entries) = fs::read_dir(self.root.join(&folder)) else {
                continue;
            };
            for entry in entries.flatten() {
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let path = if folder.is_empty() {
                    name
                } else {
                    format!("{folder}/{name}")
                };
                // A link is listed as a file: reading it says whether it leads outside.
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => pending.push(path),
                    _ => found.push(path),
                }
            }
        }
        found.sort();
        found
    }
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::System(error.to_string()),
        }
    }
}

/// Files in memory.
impl World for BTreeMap<String, Vec<u8>> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.get(path).cloned().ok_or(ReadError::Missing)
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let below = |path: &&String| {
            folder.is_empty()
                || path
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        self.keys().filter(below).cloned().collect()
    }
}
