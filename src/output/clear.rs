//! Removing a tree that another one has replaced.
//!
//! While a run builds the new tree, and until the old one is gone, somebody else may put a file into it: an
//! editor, `git`, a shell that works in the folder. The run has not seen it, so it is looked for here.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, mkdirat, openat, readlinkat, statat, unlinkat};
use rustix::io::Errno;

use super::disk::{self, Entry, Folder, Slot, Way};
use super::plan::foreign_file;
use super::write::carry;
use super::{LOCK_FILE, lock, unwritable};
use crate::diagnostics::{Diagnostic, Diagnostics, codes};

/// Removes a tree in favour of the one that is there `now`, and moves over what neither kiln wrote nor the new
/// tree has. Gives a warning for each such file.
///
/// # Errors
/// `FOREIGN_FILE` for what has no place in the new tree, and `OUTPUT` for what the system refuses. It stays.
pub(super) fn clear(old: Slot, now: Slot) -> Result<Diagnostics, Diagnostics> {
    let refused = |error| unwritable(&old.shown(), error);
    let moved = match try_to_clear(old, now)? {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            old.open_up().map_err(refused)?;
            try_to_clear(old, now)?
        }
        moved => moved,
    };
    moved.map_err(refused)
}

fn try_to_clear(old: Slot, now: Slot) -> Result<io::Result<Diagnostics>, Diagnostics> {
    let mut moved = Diagnostics::default();
    let Some(folder) = old.open()? else {
        return Ok(Ok(moved));
    };
    let lock = folder.read_lock()?;
    let owned = lock.as_deref().map(lock::claims).unwrap_or_default();
    let mut left = Diagnostics::default();
    let mut way = Way::new(&folder);
    let mut remove = |path: &Path| {
        let removed = way
            .to(path)
            .and_then(|(folder, name)| unlinkat(folder, name, AtFlags::empty()));
        match removed {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(io::Error::from(error)),
        }
    };
    let mut kept = Kept::default();
    for entry in folder.list()? {
        // What kiln writes has names in UTF-8.
        let name = entry.path.to_str().unwrap_or_default();
        // The lock goes last: it tells the next run, too, what is kiln's.
        if name == LOCK_FILE {
            continue;
        }
        let is_own = owned.contains_key(name);
        if !is_own && !is_in(now, &folder, &entry)? {
            match kept.take(now, &folder, &entry)? {
                Ok(()) => moved.push(foreign_file(&now.shown().join(&entry.path))),
                Err(error) => {
                    left.push(left_over(&old.shown().join(&entry.path), &error));
                    continue;
                }
            }
        }
        if let Err(error) = remove(&entry.path) {
            return Ok(Err(error));
        }
    }
    if let Err(error) = kept.give_rights(now)? {
        return Ok(Err(error));
    }
    if left.is_empty() {
        let removed = remove(Path::new(LOCK_FILE)).and_then(|()| Ok(old.remove_folders()?));
        return Ok(removed.map(|()| moved));
    }
    Err(left)
}

/// Whether a tree has the same thing in the same place. A link or a copy was made of what the run saw.
fn is_in(now: Slot, old: &Folder, entry: &Entry) -> Result<bool, Diagnostics> {
    let Some(now) = now.open()? else {
        return Ok(false);
    };
    let (mut now, mut old) = (Way::new(&now), Way::new(old));
    let (Ok(one), Ok(other)) = (now.to(&entry.path), old.to(&entry.path)) else {
        return Ok(false);
    };
    let look = |(folder, name)| statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    let (Ok(a), Ok(b)) = (look(one), look(other)) else {
        return Ok(false);
    };
    if (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino) {
        return Ok(true);
    }
    let kinds = [&a, &b].map(|it| FileType::from_raw_mode(it.st_mode));
    Ok(match kinds {
        [FileType::Symlink, FileType::Symlink] => {
            let target = |(folder, name)| readlinkat(folder, name, Vec::new());
            matches!((target(one), target(other)), (Ok(one), Ok(other)) if one == other)
        }
        [FileType::RegularFile, FileType::RegularFile] if a.st_size == b.st_size => {
            let open = |(folder, name)| openat(folder, name, disk::FILE, Mode::empty());
            match (open(one), open(other)) {
                (Ok(one), Ok(other)) => have_same_bytes(one.into(), other.into()).unwrap_or(false),
                _ => false,
            }
        }
        _ => false,
    })
}

fn have_same_bytes(one: File, other: File) -> io::Result<bool> {
    let (mut one, mut other) = (BufReader::new(one), BufReader::new(other));
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

/// What is put into the new tree of the old one.
#[derive(Default)]
struct Kept {
    /// The folders that were made for it, and the rights that they are to have.
    made: BTreeMap<PathBuf, Mode>,
}

impl Kept {
    /// Puts something where nothing is, with the folders that it needs.
    fn take(
        &mut self,
        now: Slot,
        old: &Folder,
        entry: &Entry,
    ) -> Result<io::Result<()>, Diagnostics> {
        let now = now.open_or_create()?;
        Ok(self.put(&now, old, entry))
    }

    fn put(&mut self, now: &Folder, old: &Folder, entry: &Entry) -> io::Result<()> {
        let (mut from, mut to) = (Way::new(old), Way::new(now));
        let from = from.to(&entry.path)?;
        let mut rights = Way::new(old);
        let to = to.go(&entry.path, |above, name, path| {
            match mkdirat(above, name, Mode::RWXU) {
                Ok(()) => {
                    let (folder, name) = rights.to(path)?;
                    let old = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
                    let rights = Mode::from_raw_mode(old.st_mode);
                    self.made.insert(path.to_owned(), rights);
                    Ok(())
                }
                Err(Errno::EXIST) => Ok(()),
                Err(error) => Err(error),
            }
        })?;
        carry(from, to, entry.kind)
    }

    /// The innermost first: without its own rights a folder may not be entered.
    fn give_rights(self, now: Slot) -> Result<io::Result<()>, Diagnostics> {
        if self.made.is_empty() {
            return Ok(Ok(()));
        }
        let Some(now) = now.open()? else {
            return Ok(Ok(()));
        };
        let mut way = Way::new(&now);
        for (path, rights) in self.made.into_iter().rev() {
            let given = way
                .to(&path)
                .map_err(io::Error::from)
                .and_then(|(folder, name)| disk::set_rights(folder, name, rights));
            if given.is_err() {
                return Ok(given);
            }
        }
        Ok(Ok(()))
    }
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
