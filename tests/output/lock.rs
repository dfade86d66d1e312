//! The lock file: round trips, damage, merges in git.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use kiln::{
    digest::Digest,
    output::{Lock, Tree},
};

use super::{CONNECT, Folder, NAMESPACE, SERVICE, first, lock, second, tree};

fn parse(text: &str) -> Result<Lock, String> {
    Lock::parse(text.as_bytes(), Path::new("kiln.lock"))
        .map_err(|said| said.iter().next().unwrap().title.clone())
}

#[test]
fn digests_are_those_of_sha256sum() {
    assert_eq!(
        Digest::of(b"hello\n").to_string(),
        "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    );
}

#[test]
fn has_one_sorted_line_for_each_fact() {
    let inputs = ["environments/prod.toml", "environments/_base.toml"]
        .map(|path| (path.to_owned(), Digest::of(path.as_bytes())));
    let needs = ["StorageClass fast", "Secret jobs/store"].map(str::to_owned);
    let tree = tree([("b.yaml", "b"), ("a.yaml", "a")]);
    let text = Lock::of(&tree, inputs.into(), needs.into()).render();
    let lines: Vec<_> = text.lines().collect();
    let said = |text: &str| format!("{}  {text}", Digest::of(text.as_bytes()));
    let version = format!("kiln {}", said(env!("CARGO_PKG_VERSION")));
    assert!(lines[0].starts_with("# Written by kiln."));
    assert_eq!(lines[1], version);
    assert!(lines[2].starts_with("input ") && lines[2].ends_with("  environments/_base.toml"));
    assert!(lines[3].starts_with("input ") && lines[3].ends_with("  environments/prod.toml"));
    assert_eq!(
        lines[4..6],
        ["Secret jobs/store", "StorageClass fast"].map(|it| format!("needs {}", said(it)))
    );
    assert_eq!(
        lines[6..],
        [
            "file ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a.yaml",
            "file 3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b.yaml",
            "end"
        ]
    );
}

#[test]
fn survives_any_path_and_text() {
    let odd = [
        "a b.yaml",
        "  two  spaces  ",
        "new\nline",
        "return\r",
        r"back\slash\n",
        "ümlaut/日本.yaml",
        "# hash",
        "end",
        "=======",
    ];
    let tree: Tree = odd
        .iter()
        .map(|path| ((*path).to_owned(), vec![1]))
        .collect();
    let inputs: BTreeMap<_, _> = odd
        .iter()
        .map(|path| ((*path).to_owned(), Digest::of(b"in")))
        .collect();
    let needs: BTreeSet<_> = odd.iter().map(|text| (*text).to_owned()).collect();
    let lock = Lock::of(&tree, inputs, needs);
    assert_eq!(parse(&lock.render()), Ok(lock));
}

#[test]
fn the_environments_digest_names_what_the_cluster_gets() {
    let lock = lock(&first());
    let mut same = lock.clone();
    same.version = "9.9.9".to_owned();
    same.inputs.insert("other.toml".to_owned(), Digest::of(b""));
    assert_eq!(same.digest(), lock.digest());
    assert_ne!(super::lock(&second()).digest(), lock.digest());

    let mut listed = String::new();
    for line in lock.render().lines() {
        if let Some(line) = line.strip_prefix("file ") {
            listed.extend([line, "\n"]);
        }
    }
    assert_eq!(Digest::of(listed.as_bytes()), lock.digest());
}

#[test]
fn says_what_is_wrong_with_a_damaged_lock() {
    let text = lock(&tree([("a.yaml", "a"), ("b.yaml", "b")])).render();
    let b = text.lines().nth(3).unwrap();
    let digest = &b[5..69];
    let malformed = "is not a line of a lock file, or not all of one";
    let cases = [
        (
            String::new(),
            "`kiln.lock` is cut off: its last line is not `end`".to_owned(),
        ),
        (
            text.replace("end\n", ""),
            "`kiln.lock` is cut off: its last line is not `end`".to_owned(),
        ),
        (
            text[..text.len() - 20].to_owned(),
            format!("`kiln.lock`, line 4 {malformed}"),
        ),
        (
            text.replace(b, &format!("{b}\n{b}")),
            "`kiln.lock`, line 5 repeats an earlier line".to_owned(),
        ),
        (
            text.replace(b, &format!("<<<<<<< ours\n{b}")),
            "`kiln.lock`, line 4 is a merge conflict marker".to_owned(),
        ),
        (
            text.replace("\nkiln ", "\n# "),
            "`kiln.lock` does not say which kiln wrote it".to_owned(),
        ),
        (
            format!("{text}{b}\n"),
            "`kiln.lock`, line 6 follows the end of the lock".to_owned(),
        ),
        (
            text.replace("  b.yaml", "  ../b.yaml"),
            format!("`kiln.lock`, line 4 {malformed}"),
        ),
        (
            text.replace("  b.yaml", "  /b.yaml"),
            format!("`kiln.lock`, line 4 {malformed}"),
        ),
        (
            text.replace("  b.yaml", "  kiln.lock"),
            format!("`kiln.lock`, line 4 {malformed}"),
        ),
        (
            text.replace("  b.yaml", "  b\\x.yaml"),
            format!("`kiln.lock`, line 4 {malformed}"),
        ),
        (
            text.replace(digest, &digest.to_uppercase()),
            format!("`kiln.lock`, line 4 {malformed}"),
        ),
        (
            text.replace(digest, &digest.replace(&digest[..1], "é")),
            format!("`kiln.lock`, line 4 {malformed}"),
        ),
    ];
    for (damaged, said) in cases {
        assert_eq!(parse(&damaged), Err(said), "{damaged}");
    }
    let said = Lock::parse(b"kiln \xff", Path::new("kiln.lock")).unwrap_err();
    assert_eq!(
        said.iter().next().unwrap().title,
        "`kiln.lock` is not UTF-8 text"
    );
}

#[test]
fn every_truncation_is_noticed() {
    let text = lock(&first()).render();
    for length in 0..text.len() {
        assert!(parse(&text[..length]).is_err(), "cut after {length} bytes");
    }
}

/// What git makes of two changes of one file, and whether they conflict.
fn merge(base: &str, ours: &str, theirs: &str) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("base", base), ("ours", ours), ("theirs", theirs)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let merged = Command::new("git")
        .args(["merge-file", "-p", "ours", "base", "theirs"])
        .current_dir(folder.path())
        .output()
        .expect("git is installed");
    let text = String::from_utf8(merged.stdout).unwrap();
    (text, !merged.status.success())
}

#[test]
fn changes_of_different_files_merge() {
    let with = |path: &str, text: &str| {
        let mut tree = first();
        tree.insert(path.to_owned(), text.into());
        tree
    };
    let ours = lock(&with(NAMESPACE, "ours\n")).render();
    let theirs = lock(&with(SERVICE, "theirs\n")).render();
    let (merged, conflicts) = merge(&lock(&first()).render(), &ours, &theirs);
    assert!(!conflicts, "{merged}");
    let mut both = with(NAMESPACE, "ours\n");
    both.insert(SERVICE.to_owned(), "theirs\n".into());
    assert_eq!(parse(&merged), Ok(lock(&both)));
}

#[test]
fn a_compile_resolves_a_conflict() {
    let with = |text: &str| {
        let mut tree = first();
        tree.insert(CONNECT.to_owned(), text.into());
        tree
    };
    let (ours, theirs) = (with("ours\n"), with("theirs\n"));
    let base = lock(&first()).render();
    let (merged, conflicts) = merge(&base, &lock(&ours).render(), &lock(&theirs).render());
    assert!(conflicts && merged.contains("<<<<<<<"), "{merged}");

    let broken = "`out/prod/kiln.lock`, line 4 is a merge conflict marker";
    // However git left the file: neither side's bytes are an edit, and both sides are kiln's own.
    for left in ["ours\n", "theirs\n"] {
        let folder = Folder::new();
        folder.write(&ours).unwrap();
        folder.put(CONNECT, left);
        folder.put("kiln.lock", &merged);
        assert_eq!(
            folder.verify(),
            [format!("error digest-mismatch: {broken}")]
        );
        assert_eq!(
            folder.write(&with("both\n")),
            Ok((true, vec![format!("warning digest-mismatch: {broken}")]))
        );
        assert_eq!(folder.read(CONNECT), "both\n");
        assert!(folder.verify().is_empty());
    }
}

#[test]
fn a_lock_that_was_cut_claims_no_file_of_others() {
    let folder = Folder::new();
    folder.write(&first()).unwrap();
    let lock = folder.read("kiln.lock");
    let cut = lock.find(".yaml\nend").unwrap();
    folder.put("kiln.lock", &lock[..cut]);
    folder.put(SERVICE.strip_suffix(".yaml").unwrap(), "ours");
    let (_, said) = folder.write(&first()).unwrap();
    assert_eq!(
        said[1..],
        [
            "warning foreign-file: `out/prod/3-platform/jobs/Service-connect` was not written by kiln"
        ]
    );
}
