//! Removing a tree that another one has replaced.
//!
//! While a run builds the new tree, and until the old one is gone, somebody else may put a file into it: an
//! editor, `git`, a shell that works in the folder. The run has not seen it, so it is looked for here.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, chmod, mkdirat, openat, readlinkat, statat, unlinkat,
};
use rustix::io::Errno;

use super::disk::{self, Entry};
use super::plan::foreign_file;
use super::write::carry;
use super::{LOCK_FILE, lock, unwritable};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};

/// Removes a tree in favour of the one that is there `now`, and moves over what neither kiln wrote nor the new
/// tree has. Gives a warning for each such file.
///
/// # Errors
/// `FOREIGN_FILE` for what has no place in the new tree, and `OUTPUT` for what the system refuses. It stays.
pub(super) fn clear(old: &Path, now: &Path) -> Result<Diagnostics, Diagnostics> {
    let refused = |error| unwritable(old, error);
    let moved = match try_to_clear(old, now)? {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            disk::open_up(old).map_err(refused)?;
            try_to_clear(old, now)?
        }
        moved => moved,
    };
    moved.map_err(refused)
}

fn try_to_clear(old: &Path, now: &Path) -> Result<io::Result<Diagnostics>, Diagnostics> {
    let mut moved = Diagnostics::default();
    let Some(folder) = disk::open(old)? else {
        return Ok(Ok(moved));
    };
    let lock = disk::read_lock(&folder, old)?;
    let owned = lock.as_deref().map(lock::claims).unwrap_or_default();
    let mut left = Diagnostics::default();
    let mut made = BTreeMap::new();
    let remove = |path: &Path| match unlinkat(&folder, path, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(io::Error::from(error)),
    };
    for entry in disk::list(&folder, old)? {
        // What kiln writes has names in UTF-8.
        let name = entry.path.to_str().unwrap_or_default();
        // The lock goes last: it tells the next run, too, what is kiln's.
        if name == LOCK_FILE {
            continue;
        }
        let is_own = owned.contains_key(name);
        if !is_own && !is_in(now, &folder, &entry)? {
            match move_over(now, &folder, &entry, &mut made) {
                Ok(()) => moved.push(foreign_file(&now.join(&entry.path))),
                Err(error) => {
                    left.push(left_over(&old.join(&entry.path), &error));
                    continue;
                }
            }
        }
        if let Err(error) = remove(&entry.path) {
            return Ok(Err(error));
        }
    }
    // The innermost first: without its own rights a folder may not be entered.
    for (path, rights) in made.into_iter().rev() {
        if let Err(error) = chmod(now.join(path), rights) {
            return Ok(Err(error.into()));
        }
    }
    if left.is_empty() {
        let removed = remove(Path::new(LOCK_FILE)).and_then(|()| remove_folders(old));
        return Ok(removed.map(|()| moved));
    }
    Err(left)
}

/// Whether a tree has the same thing in the same place. A link or a copy was made of what the run saw.
fn is_in(now: &Path, old: &File, entry: &Entry) -> Result<bool, Diagnostics> {
    let path = entry.path.as_path();
    let Some(now) = disk::open(now)? else {
        return Ok(false);
    };
    let look = |folder| statat(folder, path, AtFlags::SYMLINK_NOFOLLOW);
    let (Ok(one), Ok(other)) = (look(&now), look(old)) else {
        return Ok(false);
    };
    if (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino) {
        return Ok(true);
    }
    let kinds = [&one, &other].map(|it| FileType::from_raw_mode(it.st_mode));
    Ok(match kinds {
        [FileType::Symlink, FileType::Symlink] => {
            let target = |folder| readlinkat(folder, path, Vec::new());
            matches!((target(&now), target(old)), (Ok(one), Ok(other)) if one == other)
        }
        [FileType::RegularFile, FileType::RegularFile] if one.st_size == other.st_size => {
            have_same_bytes(&now, old, path).unwrap_or(false)
        }
        _ => false,
    })
}

fn have_same_bytes(one: &File, other: &File, path: &Path) -> io::Result<bool> {
    let open = |folder| -> io::Result<_> {
        let file = openat(folder, path, disk::FILE, Mode::empty())?;
        Ok(BufReader::new(File::from(file)))
    };
    let (mut one, mut other) = (open(one)?, open(other)?);
    loop {
        let (a, b) = (one.fill_buf()?, other.fill_buf()?);
        let length = a.len().min(b.len());
        if length == 0 {
            return Ok(a.is_empty() && b.is_empty());
        }
        if a[..length] != b[..length] {
            return Ok(false);
        }
        one.consume(length);
        other.consume(length);
    }
}

/// Puts something into a tree where nothing is, with the folders that it needs. They get their rights later.
fn move_over(
    now: &Path,
    old: &File,
    entry: &Entry,
    made: &mut BTreeMap<PathBuf, Mode>,
) -> io::Result<()> {
    match fs::create_dir(now) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let now = File::from(openat(CWD, now, disk::FOLDER, Mode::empty())?);
    let above = entry.path.ancestors().skip(1);
    let above: Vec<_> = above.filter(|it| !it.as_os_str().is_empty()).collect();
    for folder in above.into_iter().rev() {
        let rights = statat(old, folder, AtFlags::SYMLINK_NOFOLLOW)?.st_mode;
        match mkdirat(&now, folder, Mode::RWXU) {
            Ok(()) => {
                made.insert(folder.to_owned(), Mode::from_raw_mode(rights));
            }
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    carry(old, &now, entry)
}

/// Removes folders in which nothing is left.
fn remove_folders(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_folders(&entry.path())?;
        }
    }
    fs::remove_dir(path)
}

fn left_over(path: &Path, error: &io::Error) -> Diagnostic {
    let path = path.display();
    let title =
        format!("`{path}` was not written by kiln, and cannot be moved into the new tree: {error}");
    Diagnostic::error(codes::FOREIGN_FILE, title)
        .in_file(path.to_string())
        .note("somebody put it there while kiln wrote the tree")
        .hint("move it to another place, or delete it")
}
