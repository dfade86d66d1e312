//! Reading a tree on disk, without ever following a symbolic link.
//!
//! Everything is opened relative to the folder of the tree. When another run exchanges the tree in
//! the meantime, the folder that is already open stays the one it was.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat};
use rustix::io::Errno;

use super::{LOCK_FILE, unreadable};
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

/// Something in a tree that is no folder.
pub(super) struct Entry {
    /// Its path below the tree.
    pub path: PathBuf,
    /// A regular file, a symbolic link, or one of the rarer kinds.
    pub kind: FileType,
}

/// Opens the folder of a tree; nothing when there is none.
pub(super) fn open(path: &Path) -> Result<Option<File>, Diagnostics> {
    match openat(CWD, path, FOLDER, Mode::empty()) {
        Ok(folder) => Ok(Some(File::from(folder))),
        Err(Errno::NOENT) => Ok(None),
        // Linux and the BSDs differ in what they call a link that must not be followed.
        Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) if path.is_symlink() => {
            let title = format!(
                "`{}` is a symbolic link, and kiln does not write through it",
                path.display()
            );
            Err(Diagnostic::error(codes::OUTPUT, title)
                .in_file(path)
                .hint("put a folder in its place, or remove it")
                .into())
        }
        Err(error) => Err(unreadable(path, error)),
    }
}

/// Whether an opened folder is what a path leads to; without a folder, whether there is nothing.
pub(super) fn is_at(folder: Option<&File>, path: &Path) -> bool {
    let identity = |it: fs::Metadata| (it.dev(), it.ino());
    let opened = folder.and_then(|it| it.metadata().ok());
    fs::symlink_metadata(path).ok().map(identity) == opened.map(identity)
}

/// Everything in a tree but its folders, sorted. What vanishes meanwhile is left out.
pub(super) fn list(folder: &File, shown: &Path) -> Result<Vec<Entry>, Diagnostics> {
    let mut entries = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(path) = folders.pop() {
        list_folder(folder, &path, &mut entries, &mut folders)
            .map_err(|error| unreadable(&shown.join(&path), error))?;
    }
    entries.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    Ok(entries)
}

fn list_folder(
    root: &File,
    path: &Path,
    entries: &mut Vec<Entry>,
    folders: &mut Vec<PathBuf>,
) -> rustix::io::Result<()> {
    let here = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    let folder: OwnedFd = match openat(root, here, FOLDER, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(()),
        opened => opened?,
    };
    for entry in Dir::new(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        let path = path.join(OsStr::from_bytes(name));
        // Some file systems do not tell the kind along with the name.
        let kind = match entry.file_type() {
            FileType::Unknown => match statat(root, &path, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => continue,
                stat => FileType::from_raw_mode(stat?.st_mode),
            },
            known => known,
        };
        if kind == FileType::Directory {
            folders.push(path);
        } else {
            entries.push(Entry { path, kind });
        }
    }
    Ok(())
}

/// Reads a file of a tree into a buffer, whose old content goes; false when there is no such file.
pub(super) fn read(folder: &File, path: &Path, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let file = match openat(folder, path, FILE, Mode::empty()) {
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

/// Removes a folder with all in it, also what its owner may not write to. Links are removed, not followed.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let is_folder = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata?.is_dir(),
    };
    if !is_folder {
        return fs::remove_file(path);
    }
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            open_up(path)?;
            fs::remove_dir_all(path)
        }
        removed => removed,
    }
}

/// Copies a folder with all in it: files, links and folders, with their rights.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&from, &to)?;
        } else if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(from)?, to)?;
        } else if kind.is_file() {
            fs::copy(from, to)?;
        } else {
            let what = format!("`{}` is no file and cannot be copied", from.display());
            return Err(io::Error::other(what));
        }
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())
}

/// Lets the owner change every folder below a path, which is about to be removed.
pub(super) fn open_up(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

/// The text of a tree's lock, when it has one.
pub(super) fn read_lock(folder: &File, shown: &Path) -> Result<Option<Vec<u8>>, Diagnostics> {
    let mut text = Vec::new();
    match read(folder, Path::new(LOCK_FILE), &mut text) {
        Ok(found) => Ok(found.then_some(text)),
        Err(error) => Err(unreadable(&shown.join(LOCK_FILE), error)),
    }
}
