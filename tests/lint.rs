//! `kiln lint` on manifests as public charts and clusters have them, a folder below `tests/lint` for
//! each. `expected` holds what it says and its status; `KILN_BLESS=1` rewrites it, for review: every
//! finding there is true.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
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

/// A folder with files, for a run of `kiln lint`.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it lies in one")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    folder
}

/// A pod whose image has no version (`moving-tag`, at line 8), and which has no memory limit.
fn pod(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n  containers:\n  - name: a\n    \
         image: registry.example.com/a\n    resources: {{limits: {{memory: 1Gi}}}}\n"
    )
}

#[test]
fn a_file_says_what_a_team_decided() {
    let settings = "ignore = [\"invalid-name\"]\nskip = [\"vendor\"]\n[severity]\nW1014 = \"error\"\n\
                    [[paths]]\nfiles = [\"old/**\"]\nignore = [\"W10\"]\n";
    let folder = folder(&[
        ("kiln-lint.toml", settings),
        ("new/a.yaml", &pod("Upper")),
        ("old/deep/b.yaml", &pod("b")),
        ("vendor/c.yaml", &pod("c")),
    ]);
    // It is found from below, too.
    for (at, path) in [(".", "new/a.yaml"), ("new", "a.yaml")] {
        let said = kiln(&folder.path().join(at), &["lint", "."]);
        let shown = text(&said.stderr);
        assert!(shown.contains("error[W1014]"), "{shown}");
        assert!(shown.contains(&format!("--> {path}:8:12")), "{shown}");
        assert!(shown.contains("1 error\n"), "{shown}");
        assert_eq!(said.status.code(), Some(1));
    }
}

#[test]
fn what_a_team_misspelt_is_said_with_its_place() {
    let settings = "ignor = []\nignore = [\"moving-tagg\"]\n[severity]\nW1014 = \"fatal\"\n";
    let folder = folder(&[("kiln-lint.toml", settings), ("a.yaml", "a: b\n")]);
    let said = kiln(folder.path(), &["lint", "."]);
    let shown = text(&said.stderr);
    for part in [
        "error[E0201]: `kiln-lint.toml` has no key `ignor`",
        "--> kiln-lint.toml:1:1",
        "did you mean `ignore`?",
        "error[E0205]: there is no check `moving-tagg`",
        "--> kiln-lint.toml:2:11",
        "did you mean `moving-tag`?",
        "error[E0204]: a severity is `error` or `warning`",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(said.status.code(), Some(1));
}

#[test]
fn a_comment_accepts_what_it_says_why() {
    let image = "    image: registry.example.com/a\n";
    let allow = |comment: &str| format!("# kiln: allow {comment}");
    let because = allow("W1014 because it is a mirror");
    let above = pod("a").replace(image, &format!("    {because}\n{image}"));
    let behind = pod("a").replace(image, &format!("{} {because}\n", image.trim_end()));
    let whole = format!(
        "{}\n{}",
        allow("moving-tag because it is a mirror"),
        pod("a")
    );
    for accepted in [above, behind, whole.clone()] {
        let folder = folder(&[("a.yaml", &accepted)]);
        let said = kiln(folder.path(), &["lint", "--deny", "warnings", "."]);
        assert_eq!(said.status.code(), Some(0), "{}", text(&said.stderr));
    }
    // Of another document it accepts nothing.
    let two = format!("{whole}---\n{}", pod("b"));
    let elsewhere = pod("a").replace("  name: a\n", &format!("  name: a {because}\n"));
    let wrong = [
        (two, "--> a.yaml:19:12", "warning[W1014]"),
        (
            elsewhere,
            "--> a.yaml:4:11",
            "warning[W0408]: this covers nothing",
        ),
        (
            pod("a").replace(image, &format!("    {}\n{image}", allow("W1014"))),
            "--> a.yaml:8:5",
            "warning[W0412]: this does not say why",
        ),
        (
            pod("a").replace(
                image,
                &format!("    {}\n{image}", allow("W1o14 because so")),
            ),
            "--> a.yaml:8:5",
            "error[E0205]: there is no check `W1o14`",
        ),
    ];
    for (manifest, place, words) in wrong {
        let folder = folder(&[("a.yaml", &manifest)]);
        let said = kiln(folder.path(), &["lint", "--deny", "warnings", "."]);
        let shown = text(&said.stderr);
        assert!(
            shown.contains(place) && shown.contains(words),
            "{words}: {shown}"
        );
        assert!(shown.contains("W1014"), "{shown}");
        assert_eq!(said.status.code(), Some(1));
    }
}

#[test]
fn a_baseline_leaves_what_was_there_and_survives_moved_lines() {
    let folder = folder(&[("a.yaml", &pod("a")), ("b.yaml", &pod("b"))]);
    let baseline = [
        "lint",
        ".",
        "--deny",
        "warnings",
        "--baseline",
        "known.json",
    ];
    let mut write = baseline.to_vec();
    write.push("--write-baseline");
    assert_eq!(kiln(folder.path(), &write).status.code(), Some(0));
    let moved = format!("# Moved.\n\n{}", pod("a"));
    fs::write(folder.path().join("a.yaml"), moved).expect("a file can be written");
    let said = kiln(folder.path(), &baseline);
    assert_eq!(said.status.code(), Some(0), "{}", text(&said.stderr));
    assert!(text(&said.stdout).contains("2 findings in the baseline"));
    // What is new is found, and what is gone is told.
    fs::write(folder.path().join("c.yaml"), pod("c")).expect("a file can be written");
    fs::remove_file(folder.path().join("b.yaml")).expect("it is there");
    let said = kiln(folder.path(), &baseline);
    assert_eq!(said.status.code(), Some(1));
    assert!(text(&said.stderr).contains("--> c.yaml:8:12"));
    assert!(text(&said.stdout).contains("1 finding of the baseline gone"));
    // A baseline that cannot be read accepts nothing.
    fs::write(folder.path().join("known.json"), "{}").expect("a file can be written");
    assert_eq!(kiln(folder.path(), &baseline).status.code(), Some(2));
}

#[test]
fn the_same_in_many_files_is_said_once() {
    let names: Vec<_> = (0..12).map(|it| format!("{it:02}.yaml")).collect();
    let pods: Vec<_> = (0..12).map(|it| pod(&format!("pod-{it}"))).collect();
    let templates = [(
        "t1.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: \"${A}\"}\n",
    )];
    let mut files: Vec<_> = names
        .iter()
        .map(String::as_str)
        .zip(pods.iter().map(String::as_str))
        .collect();
    files.extend(templates);
    files.push(("t2.yaml", templates[0].1));
    let folder = folder(&files);
    let said = kiln(folder.path(), &["lint", "."]);
    let shown = text(&said.stderr);
    assert_eq!(shown.matches("warning[W1014]").count(), 1, "{shown}");
    assert!(
        shown.contains("likewise 01.yaml:8, 02.yaml:8, 03.yaml:8, 8 more places"),
        "{shown}"
    );
    assert!(
        shown.contains("skipped 2 files, such as t1.yaml: a template"),
        "{shown}"
    );
    assert!(text(&said.stdout).contains("12 W1014 moving-tag"));
    // Machines get each.
    let said = kiln(folder.path(), &["lint", "--format", "json", "."]);
    assert_eq!(text(&said.stdout).matches("\"W1014\"").count(), 12);
}

#[test]
fn every_code_can_be_ignored() {
    let manifest = pod("Upper");
    let folder = folder(&[("a.yaml", &manifest)]);
    let said = kiln(
        folder.path(),
        &["lint", "--ignore", "E0401,moving-tag", "."],
    );
    assert_eq!(text(&said.stderr), "");
    assert_eq!(said.status.code(), Some(0));
}

#[test]
fn a_cluster_is_read_by_kubectl_and_what_controllers_made_is_left_out() {
    let folder = TempDir::new().expect("a folder can be made");
    // It answers as kubectl does for a kind that is there, for one that is not, and for one that nobody may read.
    let kubectl = r#"#!/bin/sh
echo "$*" >> "$CALLS"
case "$2" in
configmaps)
  printf '%s\n' 'apiVersion: v1' 'kind: List' 'items:' \
    '- {apiVersion: v1, kind: ConfigMap, metadata: {name: Upper, namespace: jobs}}' \
    '- {apiVersion: v1, kind: ConfigMap, metadata: {name: Made, namespace: jobs, ownerReferences: [{controller: true}]}}' ;;
sparkconnects.*) echo "error: the server doesn't have a resource type \"sparkconnects\"" >&2; exit 1 ;;
clusterroles.*) echo 'Error from server (Forbidden): clusterroles is forbidden' >&2; exit 1 ;;
*) printf '%s\n' 'apiVersion: v1' 'kind: List' 'items: []' ;;
esac
"#;
    let program = folder.path().join("kubectl");
    fs::write(&program, kubectl).expect("a file can be written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let calls = folder.path().join("calls");
    let lint = |path: &Path| {
        Command::new(env!("CARGO_BIN_EXE_kiln"))
            .args(["lint", "--cluster", "--context=lab"])
            .current_dir(folder.path())
            .env("PATH", format!("{}:/usr/bin:/bin", path.display()))
            .env("CALLS", &calls)
            .output()
            .expect("kiln runs")
    };
    let said = lint(folder.path());
    let (out, err) = (text(&said.stdout), text(&said.stderr));
    assert!(err.contains("--> cluster/configmaps:4:"), "{err}");
    assert!(!err.contains("Made"), "{err}");
    let skipped = "skipped clusterroles.rbac.authorization.k8s.io of the cluster: Error from server (Forbidden)";
    assert!(err.contains(skipped), "{err}");
    assert_eq!(out, "1 object in 1 file checked\n");
    let calls = fs::read_to_string(&calls).expect("it was called");
    assert!(
        calls
            .lines()
            .all(|it| it.starts_with("get ") && it.ends_with(" --context=lab"))
    );
    assert!(!calls.contains("secrets"), "{calls}");

    let said = lint(&folder.path().join("nowhere"));
    let missing = text(&said.stderr).contains("needs kubectl, which is not installed");
    // A machine may have one in the folders where everything lies.
    assert!(
        missing || Path::new("/usr/bin/kubectl").exists(),
        "{}",
        text(&said.stderr)
    );
    assert_eq!(said.status.code(), Some(2));
}
