//! Any bytes as a lock, and any names in one.

#![no_main]

use std::{collections::BTreeSet, path::Path};

use kiln::{
    document::Sources,
    output::{Lock, Tree},
};
use kiln_fuzz::assert_sound;
use libfuzzer_sys::fuzz_target;

const PATH: &str = "out/prod/kiln.lock";

fuzz_target!(|text: &[u8]| {
    match Lock::parse(text, Path::new(PATH)) {
        Ok(lock) => {
            let written = lock.render();
            // One from before there were slots is written as those of today.
            let has_slots = text.windows(5).any(|it| it == b"\nfff\n");
            assert!(!has_slots || written.as_bytes() == text);
            let read = Lock::parse(written.as_bytes(), Path::new(PATH));
            assert_eq!(read.expect("kiln reads what it writes"), lock);
        }
        Err(errors) => assert_sound(errors, Sources::default()),
    }
    let names = String::from_utf8_lossy(text);
    let names: BTreeSet<String> = names.split('\0').map(str::to_owned).collect();
    // Paths have been validated before they come here.
    let is_path = |name: &&String| name.split('/').all(|it| !matches!(it, "" | "." | ".."));
    let paths = names.iter().filter(is_path).cloned();
    let tree: Tree = paths.map(|path| (path, Vec::new())).collect();
    let lock = Lock::of(&tree, names.clone(), names);
    let read = Lock::parse(lock.render().as_bytes(), Path::new(PATH));
    assert_eq!(read.expect("kiln reads what it writes"), lock);
});
