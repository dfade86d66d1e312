//! A tree on disk against its lock, and against a fresh compile.

use std::fs;
use std::os::unix::fs::symlink;

use super::{CONNECT, Folder, HISTORY, NAMESPACE, SERVICE, first, second};

#[test]
fn a_tree_as_written_has_nothing_to_say() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    assert!(folder.verify().is_empty());
    assert!(folder.compare(&first()).is_empty());
}

#[test]
fn a_flipped_bit_is_named() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let mut bytes = fs::read(folder.prod(SERVICE)).unwrap();
    bytes[3] ^= 1;
    fs::write(folder.prod(SERVICE), bytes).unwrap();
    assert_eq!(
        folder.verify(),
        [format!(
            "error digest-mismatch: `out/prod/{SERVICE}` is not the file that the lock holds"
        )]
    );
    assert_eq!(
        folder.compare(&first()),
        [format!(
            "error stale-output: `out/prod/{SERVICE}` is not what the spec compiles to"
        )]
    );
}

#[test]
fn verify_names_everything_that_the_lock_does_not_hold() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    fs::remove_file(folder.prod(NAMESPACE)).unwrap();
    fs::remove_file(folder.prod(SERVICE)).unwrap();
    symlink("/etc/hostname", folder.prod(SERVICE)).unwrap();
    folder.put("values.yaml", "ours");
    let before = folder.times();
    assert_eq!(
        folder.verify(),
        [
            format!("error digest-mismatch: `out/prod/{SERVICE}` is not a file any more"),
            "error foreign-file: `out/prod/values.yaml` was not written by kiln".to_owned(),
            format!("error digest-mismatch: `out/prod/{NAMESPACE}` is missing"),
        ]
    );
    assert_eq!(folder.times(), before);
}

#[test]
fn only_what_no_engine_reads_may_lie_beside_the_manifests() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    for harmless in ["README.md", "3-platform/.gitkeep", "notes.txt"] {
        folder.put(harmless, "ours");
    }
    for read in [
        "Kustomization",
        "binding.jsonnet",
        ".sourceignore",
        "x.YAML",
    ] {
        folder.put(read, "ours");
    }
    // A folder of manifests behind a name that says nothing.
    fs::create_dir(folder.out().join("elsewhere")).unwrap();
    symlink("../elsewhere", folder.prod("notes.md")).unwrap();
    let expected = [
        "error foreign-file: `out/prod/.sourceignore` was not written by kiln",
        "warning foreign-file: `out/prod/3-platform/.gitkeep` was not written by kiln",
        "error foreign-file: `out/prod/Kustomization` was not written by kiln",
        "warning foreign-file: `out/prod/README.md` was not written by kiln",
        "error foreign-file: `out/prod/binding.jsonnet` was not written by kiln",
        "error foreign-file: `out/prod/notes.md` was not written by kiln",
        "warning foreign-file: `out/prod/notes.txt` was not written by kiln",
        "error foreign-file: `out/prod/x.YAML` was not written by kiln",
    ];
    assert_eq!(folder.verify(), expected);
    assert_eq!(folder.compare(&first()), expected);
}

#[test]
fn verify_needs_a_lock() {
    let folder = Folder::new();
    let said = ["error digest-mismatch: `out/prod` has no `kiln.lock`"];
    assert_eq!(folder.verify(), said);
    folder.put(CONNECT, "kind: Deployment\n");
    assert_eq!(folder.verify(), said);
}

#[test]
fn compare_tells_missing_changed_and_left_over_apart() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put("values.yaml", "ours");
    let before = folder.times();
    assert_eq!(
        folder.compare(&second()),
        [
            format!("error stale-output: `out/prod/{CONNECT}` is not what the spec compiles to"),
            format!("error stale-output: `out/prod/{HISTORY}` is missing"),
            "error stale-output: `out/prod/kiln.lock` is not what the spec compiles to".to_owned(),
            format!(
                "error stale-output: `out/prod/{SERVICE}` is left over: the spec does not make it any more"
            ),
            "error foreign-file: `out/prod/values.yaml` was not written by kiln".to_owned(),
        ]
    );
    assert_eq!(folder.times(), before);
}

#[test]
fn compare_says_what_a_compile_would_refuse() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put(HISTORY, "ours");
    let said = folder.compare(&second());
    let expected = format!(
        "error foreign-file: `out/prod/{HISTORY}` is in the way: kiln did not write it, and has to write there"
    );
    assert!(said.contains(&expected), "{said:?}");
    assert_eq!(said.iter().filter(|line| line.contains(HISTORY)).count(), 1);
}

#[test]
fn compare_without_output_names_every_file() {
    let folder = Folder::new();
    let said = folder.compare(&first());
    assert_eq!(said.len(), 4);
    assert!(
        said.iter().all(|line| line.ends_with(" is missing")),
        "{said:?}"
    );
    assert!(!folder.out().exists());
}
