//! This repository's own environments, for the tests that compile, mutate and compare them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Where this repository is.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files at or below a folder by their paths from the folder `base`: a world in memory.
pub fn files(base: &Path, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut pending: Vec<PathBuf> = vec![base.join(folder)];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                pending.push(path);
                continue;
            }
            let name = path.strip_prefix(base).expect("the file is below it");
            let name = name.to_str().expect("a readable name").to_owned();
            files.insert(name, fs::read(&path).expect("the file can be read"));
        }
    }
    files
}
