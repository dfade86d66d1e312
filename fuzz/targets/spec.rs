//! Any text as `environments/prod.toml` of this repository.

#![no_main]

use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

use kiln::{compile, files::files};
use kiln_fuzz::assert_sound;
use libfuzzer_sys::fuzz_target;

type Files = BTreeMap<String, Vec<u8>>;

/// What a spec may name: read once, since a disk is slow.
static REPOSITORY: LazyLock<Files> = LazyLock::new(|| {
    let mut files = Files::new();
    collect(Path::new("environments"), &mut files);
    files
});

fn collect(folder: &Path, files: &mut Files) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for entry in fs::read_dir(root.join(folder)).expect("the folder is there") {
        let entry = entry.expect("the folder can be listed");
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            collect(&path, files);
        } else {
            let bytes = fs::read(entry.path()).expect("the file can be read");
            files.insert(path.display().to_string(), bytes);
        }
    }
}

fuzz_target!(|spec: &[u8]| {
    let mut world = REPOSITORY.clone();
    world.insert("environments/prod.toml".to_owned(), spec.to_owned());
    let compilation = compile(&world, "prod");
    let written = files(&compilation);
    let again = compile(&world, "prod");
    match (written, files(&again)) {
        (Ok(once), Ok(again)) => {
            assert_eq!(once.tree, again.tree);
            assert_eq!(once.lock, again.lock);
            assert_eq!(once.delivery, again.delivery);
        }
        (Err(errors), Err(_)) => assert_sound(errors, compilation.sources),
        _ => panic!("the same spec compiles once, and once not"),
    }
    assert_sound(again.diagnostics, again.sources);
});
