//! `kiln lint` on manifests as public charts and clusters have them, a folder below `tests/lint` for
//! each. `expected` holds what it says and its status; `KILN_BLESS=1` rewrites it, for review: every
//! finding there is true.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

const FOLDERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lint");

fn kiln(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kiln"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("kiln runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("kiln writes UTF-8")
}

#[test]
fn every_folder_is_judged_as_expected() {
    let mut folders: Vec<PathBuf> = fs::read_dir(FOLDERS)
        .expect("the folders lie there")
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    folders.sort();
    let mut differing = Vec::new();
    for folder in folders {
        let said = kiln(&folder, &["lint", "."]);
        let found = format!(
            "{}{}status {}\n",
            text(&said.stderr),
            text(&said.stdout),
            said.status.code().expect("kiln was not killed")
        );
        let path = folder.join("expected");
        if std::env::var_os("KILN_BLESS").is_some() {
            fs::write(&path, &found).expect("it is ours");
        } else if fs::read_to_string(&path).unwrap_or_default() != found {
            differing.push(format!("{}:\n{found}", folder.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn standard_input_is_read_like_a_file() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kiln"))
        .args(["lint", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kiln runs");
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Upper}\n";
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(manifest.as_bytes()).expect("kiln reads");
    drop(input);
    let said = child.wait_with_output().expect("kiln ends");
    assert!(text(&said.stderr).contains("--> standard input:3:18"));
    assert_eq!(said.status.code(), Some(1));
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_judged() {
    let folder = TempDir::new().expect("a folder can be made");
    let write = |name: &str, bytes: &[u8]| {
        fs::write(folder.path().join(name), bytes).expect("a file can be written");
    };
    write("latin-1.yaml", b"a: b\nc: \xe9\n");
    write(
        "good.yaml",
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    );
    let large = fs::File::create(folder.path().join("large.yaml")).expect("it can be made");
    large.set_len(50_000_000).expect("it can be so long");
    let said = kiln(folder.path(), &["lint", "."]);
    let (out, err) = (text(&said.stdout), text(&said.stderr));
    assert!(
        err.contains("`latin-1.yaml` is not UTF-8 text, from line 2 on"),
        "{err}"
    );
    assert!(
        err.contains("`large.yaml` has more than 16777216 bytes"),
        "{err}"
    );
    assert_eq!(
        out,
        "1 object in 1 file checked; 2 files skipped: unreadable\n"
    );
    assert_eq!(said.status.code(), Some(1));
}

#[test]
fn a_path_that_does_not_exist_is_a_misuse() {
    let said = kiln(Path::new("/"), &["lint", "no-such-folder"]);
    assert_eq!(said.status.code(), Some(2));
    assert_eq!(
        text(&said.stderr),
        "error: there is no file or folder `no-such-folder`\n"
    );
}
