//! A part of a spec that cannot be read says one thing: that it cannot be read.
//!
//! Each entry of each environment and of each case that compiles gets a key that does not exist, one at a
//! time. The rest of the platform is compiled and checked without it, and nothing may follow from its
//! absence: no missing object store, no dangling reference, no patch or waiver that finds nothing, no
//! traffic that is blocked.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use kiln::{
    compile,
    components::{ALL, Occurrence},
    diagnostics::Diagnostics,
    document::Value,
    spec::{self, environments},
    world::{Disk, Listing, World},
};

/// A repository with one file more.
struct With<'a> {
    disk: &'a Disk,
    path: String,
    text: String,
}

impl World for With<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, kiln::world::ReadError> {
        if path == self.path {
            Ok(self.text.clone().into_bytes())
        } else {
            self.disk.read(path)
        }
    }

    fn list(&self, folder: &str) -> Listing {
        self.disk.list(folder)
    }
}

/// The headers of the tables of a spec, one for each entry.
fn entries(world: &Disk, environment: &str) -> Vec<String> {
    let (source, _) = spec::read(world, environment);
    let mut headers = Vec::new();
    for part in ALL {
        let Some(table) = source.root.get(part.table()) else {
            continue;
        };
        match (part.shape(), &table.value) {
            (Occurrence::Keyed, Value::Map(map)) => {
                headers.extend(map.keys().map(|key| spec::child_path(part.table(), key)));
            }
            _ => headers.push(part.table().to_owned()),
        }
    }
    headers
}

fn codes(diagnostics: &Diagnostics) -> BTreeMap<&'static str, usize> {
    let mut codes = BTreeMap::new();
    for diagnostic in diagnostics.iter() {
        *codes.entry(diagnostic.code.number).or_default() += 1;
    }
    codes
}

/// Makes each entry of a repository's environments unreadable, one at a time; gives back how many.
fn each_entry(root: &Path) -> usize {
    let disk = Disk::new(root).expect("the folder exists");
    let mut tried = 0;
    for environment in environments(&disk) {
        let whole = compile(&disk, &environment);
        if whole.diagnostics.has_errors() {
            continue;
        }
        let before = codes(&whole.diagnostics);
        for header in entries(&disk, &environment) {
            let world = With {
                disk: &disk,
                path: "environments/unread.toml".to_owned(),
                text: format!(
                    "extends = \"{environment}.toml\"\n[{header}]\nno-such-key-at-all = 1\n"
                ),
            };
            let compilation = compile(&world, "unread");
            let mut found = codes(&compilation.diagnostics);
            assert_eq!(
                found.remove("E0201"),
                Some(1),
                "{}: {environment}: {header}: {:#?}",
                root.display(),
                compilation.diagnostics
            );
            // What was to say before may be in the part that is missing now.
            let known: BTreeSet<_> = before.keys().collect();
            let new: Vec<_> = found.keys().filter(|it| !known.contains(it)).collect();
            let more = found
                .iter()
                .any(|(code, count)| before.get(code).is_some_and(|it| count > it));
            assert!(
                new.is_empty() && !more,
                "{}: {environment}: {header}: {:#?}",
                root.display(),
                compilation.diagnostics
            );
            assert!(
                compilation.of_waivers.is_empty() || !whole.of_waivers.is_empty(),
                "{}: {environment}: {header}",
                root.display()
            );
            tried += 1;
        }
    }
    tried
}

#[test]
fn nothing_follows_from_an_entry_that_cannot_be_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tried = each_entry(root);
    let cases = std::fs::read_dir(root.join("tests/cases")).expect("the cases can be listed");
    for case in cases {
        let path = case.expect("the folder can be listed").path();
        if path.join("environments").is_dir() {
            tried += each_entry(&path);
        }
    }
    assert!(tried > 300, "only {tried} entries were tried");
}
