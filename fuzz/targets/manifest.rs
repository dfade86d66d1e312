//! Any text as a manifest from elsewhere.

#![no_main]

use kiln::lint::lint;
use kiln_fuzz::assert_sound;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let linted = lint([("manifest.yaml".to_owned(), text.to_owned())]);
    assert!(linted.files <= 1 && linted.skipped.len() <= 1);
    assert_sound(linted.diagnostics, linted.sources);
});
