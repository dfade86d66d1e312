//! Folders on disk. No symbolic link is ever followed.
//!
//! Whatever is done to a tree goes by folders that are open: somebody who puts a link, or another folder, in the
//! place of one changes nothing about where kiln reads and writes. When another run exchanges a tree in the
//! meantime, the folder that is already open stays the one it was.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::buffer::spare_capacity;
use rustix::fs::{
    AtFlags, Dir, FileType, Mode, OFlags, Stat, fchmod, fstat, mkdirat, openat, readlinkat,
    renameat, statat, symlinkat, unlinkat,
};
use rustix::io::Errno;

use super::{LOCK_FILE, unreadable, unwritable};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};

/// How a folder is opened: never through a link.
pub(super) const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// How a file is opened: never through a link, and so that a named pipe in its place cannot hold the run up.
pub(super) const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// What a new folder and a new file may be, less what the process's mask takes away.
pub(super) const NEW_FOLDER: Mode = Mode::from_raw_mode(0o777);
const NEW_FILE: Mode = Mode::from_raw_mode(0o666);

/// A folder that is open.
#[derive(Debug)]
pub(super) struct Folder {
    file: File,
    /// Its path, for messages alone.
    pub shown: PathBuf,
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Folder {
    /// A folder that somebody has opened.
    pub fn new(file: File, shown: PathBuf) -> Self {
        Self { file, shown }
    }

    /// A name in this folder, whatever lies there.
    pub fn place<'a>(&'a self, name: &'a (impl AsRef<OsStr> + ?Sized)) -> Slot<'a> {
        let name = name.as_ref();
        Slot { above: self, name }
    }

    /// The names of the folders in it.
    pub fn folders(&self) -> io::Result<Vec<OsString>> {
        let entries = entries(self)?.into_iter();
        let folders = entries.filter(|(_, kind)| *kind == FileType::Directory);
        Ok(folders.map(|(name, _)| name).collect())
    }

    /// What is in it and no folder, sorted.
    pub fn files(&self) -> io::Result<Vec<Entry>> {
        let entries = entries(self)?.into_iter();
        let files = entries.filter(|(_, kind)| *kind != FileType::Directory);
        let mut files: Vec<_> = files
            .map(|(name, kind)| Entry {
                path: name.into(),
                kind,
            })
            .collect();
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Whether there is anything but folders in the tree, or something that cannot be looked into.
    pub fn is_used(&self) -> bool {
        is_used(self).unwrap_or(true)
    }

    /// Everything in a tree but its folders, sorted. What vanishes meanwhile is left out.
    pub fn list(&self) -> Result<Vec<Entry>, Diagnostics> {
        let mut found = Vec::new();
        list(self, Path::new(""), &mut found)
            .map_err(|(path, error)| unreadable(&self.shown.join(path), error))?;
        found.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        Ok(found)
    }

    /// The text of a tree's lock, when it has one.
    pub fn read_lock(&self) -> Result<Option<Vec<u8>>, Diagnostics> {
        let mut text = Vec::new();
        match read(self, LOCK_FILE.as_ref(), &mut text) {
            Ok(found) => Ok(found.then_some(text)),
            Err(error) => Err(unreadable(&self.shown.join(LOCK_FILE), error)),
        }
    }
}

/// Where a tree lies, or may come to lie: a name in an open folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<'a> {
    above: &'a Folder,
    name: &'a OsStr,
}

impl Slot<'_> {
    /// The path, for messages alone.
    pub fn shown(&self) -> PathBuf {
        self.above.shown.join(self.name)
    }

    /// Opens the folder that lies here; nothing when there is none.
    pub fn open(&self) -> Result<Option<Folder>, Diagnostics> {
        let shown = self.shown();
        match openat(self.above, self.name, FOLDER, Mode::empty()) {
            Ok(folder) => Ok(Some(Folder::new(folder.into(), shown))),
            Err(Errno::NOENT) => Ok(None),
            // Linux and the BSDs differ in what they call a link that must not be followed.
            Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) if self.is(FileType::Symlink) => {
                let title = format!(
                    "`{}` is a symbolic link, and kiln does not write through it",
                    shown.display()
                );
                Err(Diagnostic::error(codes::OUTPUT, title)
                    .in_file(shown)
                    .hint("put a folder in its place, or remove it")
                    .into())
            }
            Err(error) => Err(unreadable(&shown, error)),
        }
    }

    /// Makes a folder here, and opens it.
    pub fn create(&self) -> Result<Folder, Diagnostics> {
        let made = mkdirat(self.above, self.name, NEW_FOLDER)
            .and_then(|()| openat(self.above, self.name, FOLDER, Mode::empty()));
        match made {
            Ok(folder) => Ok(Folder::new(folder.into(), self.shown())),
            Err(error) => Err(unwritable(&self.shown(), error)),
        }
    }

    /// Opens the folder that lies here, or makes one.
    pub fn open_or_create(&self) -> Result<Folder, Diagnostics> {
        loop {
            if let Some(folder) = self.open()? {
                return Ok(folder);
            }
            match mkdirat(self.above, self.name, NEW_FOLDER) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(unwritable(&self.shown(), error)),
            }
        }
    }

    fn stat(&self) -> rustix::io::Result<Stat> {
        statat(self.above, self.name, AtFlags::SYMLINK_NOFOLLOW)
    }

    fn is(&self, kind: FileType) -> bool {
        self.stat()
            .is_ok_and(|it| FileType::from_raw_mode(it.st_mode) == kind)
    }

    /// Whether anything lies here.
    pub fn is_taken(&self) -> bool {
        self.stat().is_ok()
    }

    /// Whether a folder lies here, and no link to one.
    pub fn is_folder(&self) -> bool {
        self.is(FileType::Directory)
    }

    /// Whether what was opened is what lies here; for nothing opened, whether there is nothing.
    pub fn holds(&self, opened: Option<impl AsFd>) -> bool {
        let identity = |it: Stat| (it.st_dev, it.st_ino);
        let opened = opened.and_then(|it| fstat(it).ok());
        self.stat().ok().map(identity) == opened.map(identity)
    }

    /// Moves what lies here to another place.
    pub fn move_to(&self, other: Slot) -> rustix::io::Result<()> {
        renameat(self.above, self.name, other.above, other.name)
    }

    /// Exchanges what lies in two places in one step.
    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    pub fn exchange(&self, other: Slot) -> rustix::io::Result<()> {
        use rustix::fs::{RenameFlags, renameat_with};
        let exchange = RenameFlags::EXCHANGE;
        renameat_with(self.above, self.name, other.above, other.name, exchange)
    }

    /// Says that this system cannot exchange two folders, unless there is nothing to exchange with.
    #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
    pub fn exchange(&self, other: Slot) -> rustix::io::Result<()> {
        Err(if other.is_taken() {
            Errno::NOSYS
        } else {
            Errno::NOENT
        })
    }

    /// Removes what lies here with all in it, also what its owner may not write to.
    pub fn remove(&self) -> io::Result<()> {
        match remove(self.above.as_fd(), self.name) {
            Err(Errno::ACCESS) => {
                self.open_up()?;
                Ok(remove(self.above.as_fd(), self.name)?)
            }
            removed => Ok(removed?),
        }
    }

    /// Removes a folder in which there is nothing.
    pub fn remove_empty(&self) -> rustix::io::Result<()> {
        unlinkat(self.above, self.name, AtFlags::REMOVEDIR)
    }

    /// Removes the folder that lies here, and those in it, if there is no file in any.
    pub fn remove_folders(&self) -> rustix::io::Result<()> {
        remove_folders(self.above.as_fd(), self.name)
    }

    /// Lets the owner change the folder that lies here.
    pub fn let_owner_in(&self) -> io::Result<()> {
        set_rights(self.above.as_fd(), self.name, Mode::RWXU)
    }

    /// Lets the owner change every folder from here on, which is about to be removed.
    pub fn open_up(&self) -> io::Result<()> {
        open_up(self.above.as_fd(), self.name)
    }

    /// Copies the folder that lies here with all in it: files, links and folders, with their rights.
    pub fn copy_to(&self, other: Slot) -> io::Result<()> {
        let folders = [
            (self.above.as_fd(), self.name),
            (other.above.as_fd(), other.name),
        ];
        copy_folder(folders[0], folders[1], &self.shown())
    }
}

/// Something in a tree that is not a folder.
pub(super) struct Entry {
    /// Its path below the tree.
    pub path: PathBuf,
    /// A regular file, a symbolic link, or one of the rarer kinds.
    pub kind: FileType,
}

/// The way down a tree: one folder after another is opened, and stays open as long as the paths to come lead
/// through it.
pub(super) struct Way<'a> {
    root: &'a Folder,
    open: Vec<(OsString, OwnedFd)>,
}

impl<'a> Way<'a> {
    pub fn new(root: &'a Folder) -> Self {
        let open = Vec::new();
        Self { root, open }
    }

    /// The folder in which a path below the tree ends, and the last part of the path.
    pub fn to<'p>(&mut self, path: &'p Path) -> rustix::io::Result<(BorrowedFd<'_>, &'p OsStr)> {
        self.go(path, |_, _, _| Ok(()))
    }

    /// The same, where `make` may make a folder before it is opened: it gets the one above, the name and the
    /// path.
    pub fn go<'p>(
        &mut self,
        path: &'p Path,
        mut make: impl FnMut(BorrowedFd, &OsStr, &Path) -> rustix::io::Result<()>,
    ) -> rustix::io::Result<(BorrowedFd<'_>, &'p OsStr)> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let are_open = folder.iter().zip(&self.open);
        let common = are_open
            .take_while(|(part, (name, _))| part == name)
            .count();
        self.open.truncate(common);
        for (depth, part) in folder.iter().enumerate().skip(common) {
            let above = self.last();
            let path: PathBuf = folder.iter().take(depth + 1).collect();
            make(above, part, &path)?;
            let opened = openat(above, part, FOLDER, Mode::empty())?;
            self.open.push((part.to_owned(), opened));
        }
        Ok((self.last(), path.file_name().unwrap_or_default()))
    }

    fn last(&self) -> BorrowedFd<'_> {
        let last = self.open.last();
        last.map_or_else(|| self.root.as_fd(), |(_, folder)| folder.as_fd())
    }

    /// Reads a file into a buffer, whose old content goes; false when there is no such file.
    pub fn read(&mut self, path: &Path, buffer: &mut Vec<u8>) -> io::Result<bool> {
        match self.to(path) {
            Ok((folder, name)) => read(folder, name, buffer),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// What is in a folder, and of which kind.
fn entries(folder: impl AsFd) -> rustix::io::Result<Vec<(OsString, FileType)>> {
    let mut found = Vec::new();
    // An own descriptor: a folder is read from where the last one has left off.
    let own = openat(&folder, ".", FOLDER, Mode::empty())?;
    for entry in Dir::new(own)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        // Some file systems do not tell the kind along with the name.
        let kind = match entry.file_type() {
            FileType::Unknown => match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => continue,
                stat => FileType::from_raw_mode(stat?.st_mode),
            },
            known => known,
        };
        found.push((name.to_owned(), kind));
    }
    Ok(found)
}

fn is_used(folder: impl AsFd) -> rustix::io::Result<bool> {
    for (name, kind) in entries(&folder)? {
        if kind != FileType::Directory || is_used(openat(&folder, &name, FOLDER, Mode::empty())?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn list(folder: impl AsFd, path: &Path, found: &mut Vec<Entry>) -> Result<(), (PathBuf, Errno)> {
    let refused = |error| (path.to_owned(), error);
    for (name, kind) in entries(&folder).map_err(refused)? {
        let path = path.join(&name);
        if kind != FileType::Directory {
            found.push(Entry { path, kind });
            continue;
        }
        match openat(&folder, &name, FOLDER, Mode::empty()) {
            Ok(folder) => list(folder, &path, found)?,
            Err(Errno::NOENT) => {}
            Err(error) => return Err((path, error)),
        }
    }
    Ok(())
}

fn read(folder: impl AsFd, name: &OsStr, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let file = match openat(folder, name, FILE, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(false),
        opened => opened?,
    };
    buffer.clear();
    loop {
        buffer.reserve(4096);
        let read = rustix::io::read(&file, spare_capacity(buffer))?;
        if read == 0 || buffer.len() > MOST {
            return Ok(true);
        }
    }
}

/// More than this is not read of a file, in bytes: kiln wrote none so large (an API server takes 3 MiB), so the
/// beginning is enough to tell that it is another.
const MOST: usize = 64 * 1024 * 1024;

/// Makes a file where nothing is.
pub(super) fn create(folder: impl AsFd, name: &OsStr, bytes: &[u8]) -> io::Result<()> {
    new_file(folder, name)?.write_all(bytes)
}

fn new_file(folder: impl AsFd, name: &OsStr) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    Ok(File::from(openat(folder, name, flags, NEW_FILE)?))
}

/// Copies a file to where nothing is, with its rights.
pub(super) fn copy_file(
    (from, name): (impl AsFd, &OsStr),
    (to, new_name): (impl AsFd, &OsStr),
) -> io::Result<()> {
    let mut from = File::from(openat(from, name, FILE, Mode::empty())?);
    let mut to = new_file(to, new_name)?;
    io::copy(&mut from, &mut to)?;
    Ok(fchmod(&to, Mode::from_raw_mode(fstat(&from)?.st_mode))?)
}

/// Copies a link to where nothing is.
pub(super) fn copy_link(
    (from, name): (impl AsFd, &OsStr),
    (to, new_name): (impl AsFd, &OsStr),
) -> rustix::io::Result<()> {
    symlinkat(readlinkat(from, name, Vec::new())?, to, new_name)
}

fn copy_folder(
    (from, name): (BorrowedFd, &OsStr),
    (to, new_name): (BorrowedFd, &OsStr),
    shown: &Path,
) -> io::Result<()> {
    let from = openat(from, name, FOLDER, Mode::empty())?;
    mkdirat(to, new_name, NEW_FOLDER)?;
    let to = openat(to, new_name, FOLDER, Mode::empty())?;
    for (name, kind) in entries(&from)? {
        let (one, other) = ((from.as_fd(), &*name), (to.as_fd(), &*name));
        match kind {
            FileType::Directory => copy_folder(one, other, &shown.join(&name))?,
            FileType::Symlink => copy_link(one, other)?,
            FileType::RegularFile => copy_file(one, other)?,
            _ => {
                let shown = shown.join(&name);
                let what = format!("`{}` is not a file and cannot be copied", shown.display());
                return Err(io::Error::other(what));
            }
        }
    }
    Ok(fchmod(&to, Mode::from_raw_mode(fstat(&from)?.st_mode))?)
}

fn remove(above: BorrowedFd, name: &OsStr) -> rustix::io::Result<()> {
    let folder = match openat(above, name, FOLDER, Mode::empty()) {
        Ok(folder) => folder,
        Err(Errno::NOENT) => return Ok(()),
        Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => {
            return unlinkat(above, name, AtFlags::empty());
        }
        Err(error) => return Err(error),
    };
    for (name, kind) in entries(&folder)? {
        if kind == FileType::Directory {
            remove(folder.as_fd(), &name)?;
        } else {
            unlinkat(&folder, &name, AtFlags::empty())?;
        }
    }
    unlinkat(above, name, AtFlags::REMOVEDIR)
}

fn remove_folders(above: BorrowedFd, name: &OsStr) -> rustix::io::Result<()> {
    let folder = openat(above, name, FOLDER, Mode::empty())?;
    for (name, kind) in entries(&folder)? {
        if kind == FileType::Directory {
            remove_folders(folder.as_fd(), &name)?;
        }
    }
    unlinkat(above, name, AtFlags::REMOVEDIR)
}

fn open_up(above: BorrowedFd, name: &OsStr) -> io::Result<()> {
    set_rights(above, name, Mode::RWXU)?;
    let folder = openat(above, name, FOLDER, Mode::empty())?;
    for (name, kind) in entries(&folder)? {
        if kind == FileType::Directory {
            open_up(folder.as_fd(), &name)?;
        }
    }
    Ok(())
}

/// Sets the rights of a folder, also of one that may not be opened, and never of what a link leads to.
#[cfg(target_os = "linux")]
pub(super) fn set_rights(above: BorrowedFd, name: &OsStr, rights: Mode) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    // What is opened as a place alone takes no `fchmod`, but has a name.
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = openat(above, name, flags, Mode::empty())?;
    let path = format!("/proc/self/fd/{}", folder.as_raw_fd());
    Ok(rustix::fs::chmod(path, rights)?)
}

/// Sets the rights of a folder, also of one that may not be opened, and never of what a link leads to.
#[cfg(not(target_os = "linux"))]
pub(super) fn set_rights(above: BorrowedFd, name: &OsStr, rights: Mode) -> io::Result<()> {
    Ok(rustix::fs::chmodat(
        above,
        name,
        rights,
        AtFlags::SYMLINK_NOFOLLOW,
    )?)
}
