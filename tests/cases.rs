//! kiln's behaviour through its binary, a folder below `tests/cases` for each case.
//!
//! A case is a small repository and what kiln makes of it:
//!
//! - `environments/`, `extra/`, …: the repository, copied into a temporary folder.
//! - `command`: the shell script that runs there, with `kiln` on its path; `kiln compile` when absent.
//!   What git cannot carry (a link out of the repository, 50 MB) the script makes itself.
//! - `stdout`, `stderr`, `status`: what it says; an absent file means nothing said, and 0.
//! - `out/`: what it leaves there; absent when it must leave nothing. Locks are left out: they hold
//!   the digests of files that are here to be read, and `tests/output` looks at them.
//!
//! `KILN_BLESS=1` (`make bless`) rewrites the expected files, for review.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
};

use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
const KILN: &str = env!("CARGO_BIN_EXE_kiln");

/// Files that describe a case and are no part of its repository.
const EXPECTED: [&str; 3] = ["stdout", "stderr", "status"];

fn main() -> ExitCode {
    let mut names: Vec<String> = fs::read_dir(CASES)
        .expect("the cases lie beside this file")
        .map(|entry| entry.expect("the folder can be listed").file_name())
        .map(|name| name.into_string().expect("a case has a readable name"))
        .collect();
    names.sort();
    let cases = names
        .into_iter()
        .map(|name| Trial::test(name.clone(), move || run(&Path::new(CASES).join(name))))
        .collect();
    libtest_mimic::run(&Arguments::from_args(), cases).exit_code()
}

/// What a case expects, and what kiln did: texts by the path in the case's folder.
type Texts = BTreeMap<PathBuf, Vec<u8>>;

fn run(case: &Path) -> Result<(), Failed> {
    let repository = TempDir::new()?;
    let files = read(case, Path::new(""))?;
    let (expected, inputs): (Texts, Texts) =
        files.into_iter().partition(|(path, _)| is_expected(path));
    for (path, bytes) in &inputs {
        write(&repository.path().join(path), bytes)?;
    }
    let script = inputs.get(Path::new("command"));
    let script = script.map_or("kiln compile".into(), |text| String::from_utf8_lossy(text));
    let said = shell(&script, repository.path())?;

    let mut found: Texts = read(repository.path(), Path::new("out"))?;
    found.retain(|path, _| !path.ends_with("kiln.lock"));
    let status = format!("{}\n", said.status.code().ok_or("kiln was killed")?);
    for (name, text) in [
        ("stdout", said.stdout),
        ("stderr", said.stderr),
        ("status", status.into_bytes()),
    ] {
        if !text.is_empty() && text != b"0\n" {
            found.insert(name.into(), text);
        }
    }
    if found == expected {
        return Ok(());
    }
    if std::env::var_os("KILN_BLESS").is_some() {
        for path in expected.keys().filter(|path| !found.contains_key(*path)) {
            fs::remove_file(case.join(path))?;
        }
        for (path, bytes) in &found {
            write(&case.join(path), bytes)?;
        }
        return Ok(());
    }
    Err(differences(&expected, &found).into())
}

fn is_expected(path: &Path) -> bool {
    path.starts_with("out") || EXPECTED.iter().any(|name| path == Path::new(name))
}

/// Runs a script with nothing in its environment but `kiln` and the system's tools.
fn shell(script: &str, folder: &Path) -> Result<Output, Failed> {
    let tools = Path::new(KILN).parent().expect("the binary is in a folder");
    let output = Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", tools.display()))
        .output()?;
    Ok(output)
}

/// The files at or below a folder of a case; none when there is no such folder.
fn read(root: &Path, below: &Path) -> Result<Texts, Failed> {
    let mut files = Texts::new();
    let mut pending = vec![below.to_owned()];
    while let Some(folder) = pending.pop() {
        let Ok(entries) = fs::read_dir(root.join(&folder)) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                pending.push(path);
            } else {
                files.insert(path, fs::read(entry.path())?);
            }
        }
    }
    Ok(files)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failed> {
    fs::create_dir_all(path.parent().expect("a file is in a folder"))?;
    Ok(fs::write(path, bytes)?)
}

/// The files that differ, with both texts, for somebody who reads the log of a failed run.
fn differences(expected: &Texts, found: &Texts) -> String {
    let paths: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let text = |texts: &Texts, path: &PathBuf| match texts.get(path) {
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => "(no file)".to_owned(),
    };
    let mut out = String::new();
    for path in paths {
        if expected.get(path) != found.get(path) {
            let (wanted, got) = (text(expected, path), text(found, path));
            let path = path.display();
            let _ = writeln!(
                out,
                "\n{path} differs\n--- expected\n{wanted}\n--- found\n{got}"
            );
        }
    }
    out.push_str("\nKILN_BLESS=1 rewrites the expected files, for review");
    out
}
