//! What a compile may see of the outside: files of one repository, and nothing else.
//!
//! The stages read through [`World`], so they can compile a working tree, a git revision or a test's
//! memory alike, and so that no path can leave the repository.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs::{self, File},
    io::{self, Read, Write},
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fs::{
        AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Stat, fchmod, flock, fstat, mkdirat,
        openat, renameat, statat, unlinkat,
    },
    io::Errno,
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
    /// It is this instead of a file, such as `a named pipe`. Reading it might never end.
    NoFile(&'static str),
    /// The system's words.
    System(String),
}

/// The files of one repository, by their paths from its root with `/` as separator.
pub trait World: Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// When there is no such file in the repository, or it cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The files at or below a folder; none when there is no such folder.
    fn list(&self, folder: &str) -> Listing;
}

/// What lies in a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The paths of the files, sorted.
    pub files: Vec<String>,
    /// What cannot be looked into or named, sorted: its path, as far as it can be written, and why.
    pub unread: Vec<(String, String)>,
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
    /// The root, opened. What is read is looked up from here, so that no link that somebody puts on the way
    /// leads elsewhere.
    folder: Arc<File>,
}

impl Disk {
    /// The working tree at a root.
    ///
    /// # Errors
    /// When the root is not a folder that can be opened.
    pub fn new(root: &Path) -> io::Result<Self> {
        let root = fs::canonicalize(root)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(&root, flags, Mode::empty())?;
        Ok(Self {
            root,
            folder: Arc::new(folder.into()),
        })
    }

    /// The root, without symbolic links.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The root, opened: what it leads to stays the same folder, whatever comes in its place.
    #[must_use]
    pub fn opened(&self) -> Arc<File> {
        Arc::clone(&self.folder)
    }

    fn list_folder(&self, folder: &str, listing: &mut Listing, pending: &mut Vec<String>) {
        let here = if folder.is_empty() { "." } else { folder };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let entries = match self.beneath(here, flags).and_then(Dir::new) {
            Ok(entries) => entries,
            Err(Errno::NOENT | Errno::NOTDIR) => return,
            Err(error) => {
                listing.unread.push((here.to_owned(), words(error)));
                return;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    listing.unread.push((here.to_owned(), words(error)));
                    return;
                }
            };
            let name = entry.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let path = |name: &str| match folder {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            };
            let Ok(name) = name.to_str() else {
                let shown = path(&name.to_string_lossy());
                listing
                    .unread
                    .push((shown, "its name is not UTF-8".to_owned()));
                continue;
            };
            let path = path(name);
            // Some file systems do not tell the kind along with the name.
            let kind = match entry.file_type() {
                FileType::Unknown => {
                    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                    let found = self.beneath(&path, flags).and_then(fstat);
                    found.map_or(FileType::Unknown, |it| FileType::from_raw_mode(it.st_mode))
                }
                known => known,
            };
            // A link is listed as a file: reading it says whether it leads outside.
            if kind == FileType::Directory {
                pending.push(path);
            } else {
                listing.files.push(path);
            }
        }
    }

    /// Opens a path below the root. The system itself refuses what leads out of it, so nobody can change the
    /// way between a look and the use.
    #[cfg(target_os = "linux")]
    fn beneath(&self, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        use rustix::fs::{ResolveFlags, openat2};
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        loop {
            match openat2(&self.folder, path, flags, Mode::empty(), resolve) {
                // A folder on the way was renamed meanwhile.
                Err(Errno::AGAIN) => {}
                // Kernels before 5.6, and sandboxes that do not know the call.
                Err(Errno::NOSYS | Errno::PERM) => return self.step_by_step(path, flags),
                opened => return opened,
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn beneath(&self, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        self.step_by_step(path, flags)
    }

    /// The same where the system cannot do it: links are resolved first, and then the way is gone folder by
    /// folder without following any.
    fn step_by_step(&self, path: &str, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let system = |error: io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
        let real = fs::canonicalize(self.root.join(path)).map_err(system)?;
        let inside = real.strip_prefix(&self.root).map_err(|_| Errno::XDEV)?;
        let mut at = OwnedFd::from(self.folder.try_clone().map_err(system)?);
        let mut parts = inside.iter().peekable();
        if parts.peek().is_none() {
            return openat(&at, ".", flags, Mode::empty());
        }
        while let Some(part) = parts.next() {
            let flags = match parts.peek() {
                Some(_) => OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
                None => flags,
            };
            at = openat(&at, part, flags | OFlags::NOFOLLOW, Mode::empty())?;
        }
        Ok(at)
    }

    /// Puts files in their places in their order, with the folders that they need: all of them or none. Each is
    /// there whole or as it was, also when the process is killed; what was there keeps its rights, and a link
    /// stays one.
    ///
    /// # Errors
    /// What the system says, that another process writes the same, or that a link leads out of the repository or
    /// nowhere, with the path.
    pub fn write(&self, files: &[(&str, &[u8])]) -> io::Result<()> {
        let refused = |path: &str, error: &io::Error| {
            io::Error::new(error.kind(), format!("`{path}` cannot be written: {error}"))
        };
        let mut ready = Vec::new();
        for (path, bytes) in files {
            let beside = self.beside(path, bytes);
            ready.push((path, beside.map_err(|error| refused(path, &error))?));
        }
        let mut put = Vec::new();
        for (path, beside) in ready {
            match beside.put() {
                Ok(it) => put.push(it),
                Err(error) => {
                    put.into_iter().rev().for_each(Put::take_back);
                    return Err(refused(path, &error));
                }
            }
        }
        Ok(())
    }

    /// Writes a file beside its place.
    fn beside(&self, path: &str, bytes: &[u8]) -> io::Result<Beside> {
        let real = self.place(Path::new(path))?;
        let name = real
            .file_name()
            .ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
        let folder = self.folder(real.parent().unwrap_or(Path::new("")))?;
        Beside::new(folder, name, bytes)
    }

    /// Where a path leads, from the root and without links. The last parts of it need not exist.
    fn place(&self, path: &Path) -> io::Result<PathBuf> {
        let outside =
            || io::Error::other("a link on the way leads out of the repository, or nowhere");
        let mut there = path;
        let mut rest = Vec::new();
        loop {
            let at = self.root.join(there);
            if at.symlink_metadata().is_ok() {
                let real = fs::canonicalize(&at).map_err(|_| outside())?;
                let inside = real.strip_prefix(&self.root).map_err(|_| outside())?;
                return Ok(rest
                    .into_iter()
                    .rev()
                    .fold(inside.to_owned(), |it, part| it.join(part)));
            }
            match (there.parent(), there.file_name()) {
                (Some(above), Some(name)) => {
                    rest.push(name);
                    there = above;
                }
                _ => return Err(outside()),
            }
        }
    }

    /// A folder by its real path from the root, made where it is missing. No link is followed.
    fn folder(&self, path: &Path) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut at = OwnedFd::from(self.folder.try_clone()?);
        for part in path {
            at = match openat(&at, part, flags, Mode::empty()) {
                Err(Errno::NOENT) => {
                    match mkdirat(&at, part, Mode::from_raw_mode(0o777)) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(error) => return Err(error.into()),
                    }
                    openat(&at, part, flags, Mode::empty())?
                }
                opened => opened?,
            };
        }
        Ok(at)
    }
}

/// A file that is written, and waits beside its place. Dropped, it goes.
struct Beside {
    folder: OwnedFd,
    /// The name that it has until then, always the same: what a killed process left is written anew.
    own: Option<OsString>,
    name: OsString,
    /// Locked, so that no other process writes it.
    file: File,
}

impl Beside {
    fn new(folder: OwnedFd, name: &OsStr, bytes: &[u8]) -> io::Result<Self> {
        let mut beside = Self::empty(folder, name)?;
        beside.file.write_all(bytes)?;
        if let Ok(old) = statat(&beside.folder, &beside.name, AtFlags::SYMLINK_NOFOLLOW) {
            fchmod(&beside.file, Mode::from_raw_mode(old.st_mode))?;
        }
        beside.file.sync_all()?;
        Ok(beside)
    }

    fn empty(folder: OwnedFd, name: &OsStr) -> io::Result<Self> {
        let mut own = OsString::from(".");
        own.push(name);
        own.push(".kiln-new");
        let flags = OFlags::WRONLY
            | OFlags::CREATE
            | OFlags::NOFOLLOW
            | OFlags::NONBLOCK
            | OFlags::NOCTTY
            | OFlags::CLOEXEC;
        loop {
            let opened = openat(&folder, &own, flags, Mode::from_raw_mode(0o666));
            // What a killed process left may have got the rights of a file that nobody may write.
            if opened.as_ref().err() == Some(&Errno::ACCESS)
                && unlinkat(&folder, &own, AtFlags::empty()).is_ok()
            {
                continue;
            }
            let file = File::from(opened?);
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => {
                    return Err(io::Error::other("another process is writing it"));
                }
                locked => locked?,
            }
            let held = fstat(&file)?;
            let is_held = |it: Stat| (it.st_dev, it.st_ino) == (held.st_dev, held.st_ino);
            let now = statat(&folder, &own, AtFlags::SYMLINK_NOFOLLOW);
            // The process that held it may have just put it into its place.
            if !now.is_ok_and(is_held) {
                continue;
            }
            // Under a second name it is not kiln's.
            if held.st_nlink > 1 {
                unlinkat(&folder, &own, AtFlags::empty())?;
                continue;
            }
            file.set_len(0)?;
            return Ok(Self {
                folder,
                own: Some(own),
                name: name.to_owned(),
                file,
            });
        }
    }

    /// Puts the file into its place.
    fn put(mut self) -> io::Result<Put> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let before = openat(&self.folder, &self.name, flags, Mode::empty()).map(File::from);
        if let Some(own) = &self.own {
            renameat(&self.folder, own, &self.folder, &self.name)?;
        }
        self.own = None;
        let folder = self.folder.try_clone()?;
        let name = self.name.clone();
        Ok(Put {
            folder,
            name,
            before,
        })
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(own) = &self.own {
            let _ = unlinkat(&self.folder, own, AtFlags::empty());
        }
    }
}

/// A file that is in its place.
struct Put {
    folder: OwnedFd,
    name: OsString,
    /// What was there: it has no name any more, but its bytes are there as long as it is open.
    before: rustix::io::Result<File>,
}

impl Put {
    /// Brings back what was there. The error that led here is the one to tell.
    fn take_back(self) {
        let _ = match self.before {
            Ok(mut before) => {
                let mut bytes = Vec::new();
                before
                    .read_to_end(&mut bytes)
                    .and_then(|_| Beside::new(self.folder, &self.name, &bytes))
                    .and_then(Beside::put)
                    .map(drop)
            }
            Err(Errno::NOENT) => {
                unlinkat(&self.folder, &self.name, AtFlags::empty()).map_err(io::Error::from)
            }
            // What could not be opened cannot be written again, and the new file is better than none.
            Err(_) => Ok(()),
        };
    }
}

impl World for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        // Only the place is opened at first: opening a pipe would wake up whoever writes to it.
        let place = self.beneath(path, OFlags::PATH | OFlags::CLOEXEC)?;
        validate(&place)?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(self.beneath(path, flags)?);
        // It may be another by now.
        validate(&file)?;
        let mut bytes = Vec::new();
        let read = file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        match read as u64 {
            size if size > MAX_FILE => Err(ReadError::TooLarge(size)),
            _ => Ok(bytes),
        }
    }

    fn list(&self, folder: &str) -> Listing {
        let mut listing = Listing::default();
        let mut pending = vec![folder.to_owned()];
        while let Some(folder) = pending.pop() {
            self.list_folder(&folder, &mut listing, &mut pending);
        }
        listing.files.sort();
        listing.unread.sort();
        listing
    }
}

/// Whether something is a file of a size that is read.
fn validate(file: impl AsFd) -> Result<(), ReadError> {
    let stat = fstat(file)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Err(ReadError::NoFile("a folder")),
        FileType::Fifo => return Err(ReadError::NoFile("a named pipe")),
        FileType::Socket => return Err(ReadError::NoFile("a socket")),
        _ => return Err(ReadError::NoFile("a device")),
    }
    let size = u64::try_from(stat.st_size).unwrap_or_default();
    if size > MAX_FILE {
        return Err(ReadError::TooLarge(size));
    }
    Ok(())
}

fn words(error: Errno) -> String {
    io::Error::from(error).to_string()
}

impl From<Errno> for ReadError {
    fn from(error: Errno) -> Self {
        match error {
            Errno::NOENT | Errno::NOTDIR => Self::Missing,
            Errno::XDEV => Self::Outside,
            error => Self::System(words(error)),
        }
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

    fn list(&self, folder: &str) -> Listing {
        let below = |path: &&String| {
            folder.is_empty()
                || path
                    .strip_prefix(folder)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        Listing {
            files: self.keys().filter(below).cloned().collect(),
            unread: Vec::new(),
        }
    }
}
