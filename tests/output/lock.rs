//! The lock file: round trips, damage, merges in git.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use kiln::{
    digest::Digest,
    output::{Lock, Tree},
};

use super::{CONNECT, Folder, HISTORY, NAMESPACE, SERVICE, first, lock, second, tree};

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

/// The lines of a lock beside its slots, each with the one that it stands in.
fn entries(text: &str) -> Vec<(&str, &str)> {
    let mut slot = "";
    let mut entries = Vec::new();
    for line in text.lines() {
        if line.len() == 3 && line != "end" {
            slot = line;
        } else {
            entries.push((slot, line));
        }
    }
    entries
}

#[test]
fn has_a_line_for_each_fact_in_the_slot_of_its_text() {
    let inputs = ["environments/prod.toml", "environments/_base.toml"].map(str::to_owned);
    let needs = ["StorageClass fast", "Secret jobs/store"].map(str::to_owned);
    let tree = tree([("b.yaml", "b"), ("a.yaml", "a")]);
    let text = Lock::of(&tree, inputs.into(), needs.into()).render();
    let said = |text: &str| format!("{}  {text}", Digest::of(text.as_bytes()));
    let entries = entries(&text);
    assert!(entries[0].1.starts_with("# Written by kiln."));
    assert!(entries[1].1.starts_with("# An entry stands"));
    let version = format!("kiln {}", said(env!("CARGO_PKG_VERSION")));
    assert_eq!(entries[2], ("", version.as_str()));
    let reads = |path| format!("reads {}", said(path));
    let needs = |text| format!("needs {}", said(text));
    assert_eq!(
        entries[3..],
        [
            (
                "0f9",
                "file 3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b.yaml"
            ),
            ("307", needs("StorageClass fast").as_str()),
            ("653", reads("environments/prod.toml").as_str()),
            (
                "a42",
                "file ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a.yaml"
            ),
            ("bee", reads("environments/_base.toml").as_str()),
            ("fae", needs("Secret jobs/store").as_str()),
            ("fff", "end")
        ]
    );
    let slots: Vec<_> = text.lines().filter(|it| it.len() == 3).collect();
    let expected = (0..0x1000).map(|it| format!("{it:03x}"));
    assert!(slots.into_iter().eq(expected.chain(["end".to_owned()])));
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
    let texts: BTreeSet<_> = odd.iter().map(|text| (*text).to_owned()).collect();
    let lock = Lock::of(&tree, texts.clone(), texts);
    assert_eq!(parse(&lock.render()), Ok(lock));
}

#[test]
fn the_environments_digest_names_what_the_cluster_gets() {
    let lock = lock(&first());
    let mut same = lock.clone();
    same.version = "9.9.9".to_owned();
    same.inputs.insert("other.toml".to_owned());
    assert_eq!(same.digest(), lock.digest());
    assert_ne!(super::lock(&second()).digest(), lock.digest());

    // As `docs/output.md` has it.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kiln.lock");
    fs::write(path, lock.render()).unwrap();
    let printed = Command::new("sh")
        .args([
            "-c",
            "sed -n 's/^file //p' kiln.lock | LC_ALL=C sort -k 2 | sha256sum",
        ])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(printed, format!("{}  -\n", lock.digest()));
}

#[test]
fn says_what_is_wrong_with_a_damaged_lock() {
    let text = lock(&tree([("a.yaml", "a"), ("b.yaml", "b")])).render();
    let b = text.lines().find(|it| it.ends_with("  b.yaml")).unwrap();
    let at = text.lines().position(|it| it == b).unwrap() + 1;
    let end = text.lines().count();
    let digest = &b[5..69];
    let in_line = |line: usize, what: &str| format!("`kiln.lock`, line {line} {what}");
    let malformed = |line| in_line(line, "is not a line of a lock file, or not all of one");
    let cut = || "`kiln.lock` is cut off: its last line is not `end`".to_owned();
    let not_written = || "`kiln.lock` is not as kiln writes it".to_owned();
    let cases = [
        (String::new(), cut()),
        (text.replace("end\n", ""), cut()),
        (text[..text.find(b).unwrap() + 20].to_owned(), malformed(at)),
        (
            text.replace(b, &format!("{b}\n{b}")),
            in_line(at + 1, "repeats an earlier line"),
        ),
        (
            text.replace(b, &format!("<<<<<<< ours\n{b}")),
            in_line(at, "is a merge conflict marker"),
        ),
        (
            text.replace("\nkiln ", "\n# "),
            "`kiln.lock` does not say which kiln wrote it".to_owned(),
        ),
        (
            format!("{text}{b}\n"),
            in_line(end + 1, "follows the end of the lock"),
        ),
        (text.replace("  b.yaml", "  ../b.yaml"), malformed(at)),
        (text.replace("  b.yaml", "  /b.yaml"), malformed(at)),
        (text.replace("  b.yaml", "  kiln.lock"), malformed(at)),
        (text.replace("  b.yaml", "  b\\x.yaml"), malformed(at)),
        (text.replace(digest, &digest.to_uppercase()), malformed(at)),
        (
            text.replace(digest, &digest.replace(&digest[..1], "é")),
            malformed(at),
        ),
        // The slots: one that is missing, repeated or in another place, and an entry in a wrong one.
        (text.replace("\n7ff\n", "\n"), not_written()),
        (text.replace("\n7ff\n", "\n7ff\n7ff\n"), not_written()),
        (text.replace("\n7fe\n7ff\n", "\n7ff\n7fe\n"), not_written()),
        (text.replace("\n7ff\n", "\n7fF\n"), malformed(5 + 0x7ff)),
        (
            text.replace(&format!("{b}\n"), "")
                .replace("end\n", &format!("{b}\nend\n")),
            not_written(),
        ),
        (text.replace('\n', "\r\n"), malformed(4)),
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
    let is_whole = |length: &usize| parse(&text[..*length]).is_ok();
    assert_eq!((0..text.len()).find(is_whole), None);
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

    let at = merged.lines().position(|it| it.starts_with("<<<<<<<"));
    let at = at.unwrap() + 1;
    let broken = format!("`out/prod/kiln.lock`, line {at} is a merge conflict marker");
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
    let cut = lock.find(SERVICE).unwrap() + SERVICE.len() - ".yaml".len();
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

/// A lock as kiln wrote it when it had no slots.
fn before_slots(tree: &Tree) -> String {
    let digest = |text: &[u8]| Digest::of(text);
    let mut text = format!(
        "# Written by kiln. After a merge conflict: run `kiln compile` and commit what it writes.\n\
         kiln {}  0.1.0\n\
         input {}  environments/prod.toml\n\
         needs {}  Secret jobs/store\n",
        digest(b"0.1.0"),
        digest(b"[cluster]\n"),
        digest(b"Secret jobs/store"),
    );
    let files = tree.iter();
    text.extend(files.map(|(path, bytes)| format!("file {}  {path}\n", digest(bytes))));
    text + "end\n"
}

#[test]
fn a_lock_from_before_there_were_slots_is_read_and_replaced() {
    let old = before_slots(&first());
    assert_eq!(parse(&old).unwrap().files, lock(&first()).files);
    let digest = lock(&first()).digest();
    assert_eq!(parse(&old).unwrap().digest(), digest);

    let folder = Folder::new();
    folder.write(&first()).unwrap();
    folder.put("kiln.lock", &old);
    assert!(folder.verify().is_empty());
    let stale = "error stale-output: `out/prod/kiln.lock` is not what the spec compiles to";
    assert_eq!(folder.compare(&first()), [stale]);
    // Its files are kiln's: what is not made any more goes, and nothing is said.
    assert_eq!(folder.write(&second()), Ok((true, Vec::new())));
    assert!(!folder.prod(SERVICE).exists());
    assert_eq!(folder.read("kiln.lock"), lock(&second()).render());

    // And so are those of both sides, where a branch from before meets one from after.
    let theirs = before_slots(&second());
    let (merged, conflicts) = merge(&old, &lock(&first()).render(), &theirs);
    assert!(conflicts, "{merged}");
    folder.write(&first()).unwrap();
    folder.put("kiln.lock", &merged);
    folder.put(HISTORY, "kind: Deployment\nname: history\n");
    let (_, said) = folder.write(&first()).unwrap();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("kiln.lock"), "{said:?}");
    assert!(!folder.prod(HISTORY).exists());

    for damaged in [
        old.replace("end\n", ""),
        old.replace("file ", "file x"),
        old.replace("0.1.0\ninput", "0.1.1\ninput"),
    ] {
        assert!(parse(&damaged).is_err(), "{damaged}");
    }
}

/// The paths of a Connect server's files.
fn server(name: &str) -> [String; 9] {
    [
        "0-cluster/jobs/networkpolicy-spark-connect-@-executors.yaml",
        "0-cluster/jobs/networkpolicy-spark-connect-@.yaml",
        "3-platform/jobs/configmap-spark-connect-@.yaml",
        "3-platform/jobs/deployment-spark-connect-@.yaml",
        "3-platform/jobs/role-spark-connect-@.yaml",
        "3-platform/jobs/rolebinding-spark-connect-@.yaml",
        "3-platform/jobs/service-spark-connect-@.yaml",
        "3-platform/jobs/serviceaccount-spark-connect-@-executors.yaml",
        "3-platform/jobs/serviceaccount-spark-connect-@.yaml",
    ]
    .map(|path| path.replace('@', name))
}

#[test]
fn two_pull_requests_that_add_a_server_each_seldom_meet() {
    let slots = |name: &str| {
        let slot = |path: String| Digest::of(path.as_bytes()).to_string()[..3].to_owned();
        BTreeSet::from(server(name).map(slot))
    };
    let share_one =
        |pair: &u32| !slots(&format!("a{pair}")).is_disjoint(&slots(&format!("b{pair}")));
    let met = (0..4000).filter(share_one).count();
    // One of fifty; with 256 slots it would be one of four.
    assert!((40..100).contains(&met), "{met} of 4000");
}
