//! The same spec gives the same bytes, wherever and by whomever it is compiled, and other bytes are
//! noticed.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Output},
};

use kiln::{compile, compile_ordered, diagnostics::Text, files::files as compiled};
use tempfile::TempDir;

use crate::support::repository::{files, root};

const NAMES: [&str; 3] = ["dev", "prod", "staging"];

/// A copy of this repository's environments in a folder of its own.
fn copy() -> TempDir {
    let folder = TempDir::new().expect("there is room for temporary files");
    for (path, bytes) in files(root(), "environments") {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("it is ours");
        fs::write(path, bytes).expect("it is ours");
    }
    folder
}

fn kiln(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kiln"));
    command.current_dir(folder).env_clear().args(arguments);
    command.output().expect("kiln runs")
}

fn output(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files(folder, "out")
}

#[test]
fn place_time_and_language_change_nothing() {
    let here = copy();
    assert!(kiln(here.path(), &["compile"]).status.success());

    let there = copy();
    let elsewhere = TempDir::new().expect("there is room for temporary files");
    let status = Command::new(env!("CARGO_BIN_EXE_kiln"))
        .current_dir(elsewhere.path())
        .env_clear()
        .envs([
            ("TZ", "Pacific/Chatham"),
            ("LANG", "tr_TR.UTF-8"),
            ("LC_ALL", "tr_TR.UTF-8"),
        ])
        .env("HOME", elsewhere.path())
        .arg("--root")
        .arg(there.path())
        .arg("compile")
        .output()
        .expect("kiln runs")
        .status;
    assert!(status.success());

    let (first, second) = (output(here.path()), output(there.path()));
    assert!(first.len() > 100, "only {} files", first.len());
    assert!(first == second);
    assert!(files(elsewhere.path(), "").is_empty());
}

#[test]
fn the_order_of_components_changes_nothing() {
    let world = files(root(), "environments");
    let mut random = fastrand::Rng::with_seed(1);
    for name in NAMES {
        let expected = compiled(&compile(&world, name)).expect("it compiles");
        for _ in 0..20 {
            let shuffled = compile_ordered(&world, name, |entries| random.shuffle(entries));
            let said = Text { colour: false }.render(&shuffled.diagnostics, &shuffled.sources);
            let found = compiled(&shuffled).unwrap_or_else(|_| panic!("{name}: {said}"));
            for (path, bytes) in &expected.tree {
                assert!(found.tree.get(path) == Some(bytes), "{name}: {path}");
            }
            assert!(found.tree.len() == expected.tree.len(), "{name}");
            assert!(found.delivery == expected.delivery, "{name}: delivery");
            assert!(found.lock == expected.lock, "{name}: lock");
        }
    }
}

#[test]
fn a_revert_gives_back_the_first_bytes() {
    let repository = copy();
    let spec = repository.path().join("environments/prod.toml");
    let before = fs::read_to_string(&spec).expect("it is there");
    assert!(kiln(repository.path(), &["compile"]).status.success());
    let first = output(repository.path());

    let edits = [
        (
            "executor = { cores = 4, memory = \"16Gi\" }",
            "executor = { cores = 5, memory = \"12Gi\" }",
        ),
        ("[connect.reporting]", "[connect.reports]"),
        (
            "\"spark.sql.shuffle.partitions\" = 400",
            "\"spark.sql.shuffle.partitions\" = 401",
        ),
    ];
    for (old, new) in edits {
        let edited = before.replacen(old, new, 1);
        assert_ne!(edited, before, "{old} is not in the spec any more");
        fs::write(&spec, edited).expect("it is ours");
        assert!(kiln(repository.path(), &["compile"]).status.success());
        assert!(output(repository.path()) != first, "{new} changes nothing");
        fs::write(&spec, &before).expect("it is ours");
        assert!(kiln(repository.path(), &["compile"]).status.success());
        assert!(output(repository.path()) == first, "{old} comes not back");
    }
}

/// Enough to meet every kind of line.
const FLIPS_OF_A_LOCK: u64 = 25;

/// What a command says after every one of some files has one bit flipped, one bit each.
fn after_flips(folder: &Path, paths: &[&String], arguments: &[&str], seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let originals = output(folder);
    for path in paths {
        let mut bytes = originals[*path].clone();
        let at = random.usize(..bytes.len());
        bytes[at] ^= 1 << random.u8(..8);
        fs::write(folder.join(path), bytes).expect("it is ours");
    }
    let found = kiln(folder, arguments);
    for path in paths {
        fs::write(folder.join(path), &originals[*path]).expect("it is ours");
    }
    assert_eq!(found.status.code(), Some(1), "{arguments:?}: {found:?}");
    String::from_utf8(found.stderr).expect("messages are text")
}

#[test]
fn a_flipped_bit_is_named() {
    let repository = copy();
    let folder = repository.path();
    assert!(kiln(folder, &["compile"]).status.success());
    let written = output(folder);
    let (locks, others): (Vec<_>, Vec<_>) =
        written.keys().partition(|path| path.ends_with("kiln.lock"));
    assert!(locks.len() == 2 * NAMES.len() && others.len() > 100);

    for (seed, arguments) in [&["verify"][..], &["compile", "--check"]]
        .iter()
        .enumerate()
    {
        let said = after_flips(folder, &others, arguments, seed as u64);
        for path in &others {
            assert!(said.contains(&format!("`{path}`")), "{arguments:?}: {path}");
        }
    }
    for (seed, path) in locks.iter().enumerate() {
        let tree = path.trim_end_matches("/kiln.lock");
        for seed in (0..FLIPS_OF_A_LOCK).map(|it| seed as u64 * FLIPS_OF_A_LOCK + it) {
            let said = after_flips(folder, &[path], &["verify"], seed);
            assert!(said.contains(tree), "{path}: {said}");
        }
        let said = after_flips(folder, &[path], &["compile", "--check"], seed as u64);
        assert!(said.contains(*path), "{path}: {said}");
    }
    assert!(kiln(folder, &["verify"]).status.success());
    assert!(kiln(folder, &["compile", "--check"]).status.success());
}

#[test]
fn the_number_of_processors_changes_nothing() {
    let here = copy();
    let base = here.path().join("environments/staging.toml");
    let base = fs::read_to_string(base).expect("the file is there");
    for number in 0..12 {
        // Some take longer than others, and each has something to say.
        let servers = (0..number % 4).map(|it| format!("[connect.more-{it}]\n"));
        let text = format!(
            "{}\n[waivers.other]\ncheck = \"no-such-check\"\n{}",
            base.replace("staging-eu", &format!("cluster-{number}")),
            servers.collect::<String>()
        );
        let path = here.path().join(format!("environments/e{number:02}.toml"));
        fs::write(path, text).expect("the folder is ours");
    }
    let check = |wrapper: &[&str]| {
        let words = [wrapper, &[env!("CARGO_BIN_EXE_kiln"), "check"]].concat();
        let output = Command::new(words[0])
            .args(&words[1..])
            .current_dir(here.path())
            .output()
            .expect("it runs");
        (output.stdout, output.stderr)
    };
    let alone = check(&["taskset", "--cpu-list", "0"]);
    let said = String::from_utf8_lossy(&alone.1).into_owned();
    let mut last = 0;
    for number in 0..12 {
        let at = said.find(&format!("environments/e{number:02}.toml"));
        let at = at.unwrap_or_else(|| panic!("e{number:02} is checked:\n{said}"));
        assert!(at >= last, "in the order of the environments:\n{said}");
        last = at;
    }
    for _ in 0..3 {
        assert!(check(&[]) == alone);
    }
}
