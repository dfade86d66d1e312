//! The files of a folder, kept and put back.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What files hold, by their paths in the folder.
pub type Snapshot = BTreeMap<PathBuf, Vec<u8>>;

/// All files of a folder; links lead to files.
pub fn snapshot(folder: &Path) -> Snapshot {
    let mut files = Snapshot::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(path) = pending.pop() {
        let Ok(entries) = fs::read_dir(&path) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.is_symlink() {
                pending.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), bytes);
            }
        }
    }
    files
}

/// Leaves just these files in a folder.
pub fn restore(folder: &Path, files: &Snapshot) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "it is empty");
    for (path, bytes) in files {
        put(&folder.join(path), bytes);
    }
}

/// Writes a file, with the folders that it needs.
pub fn put(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
