//! Whatever a repository holds, nothing that a command says moves a terminal's cursor, turns its text around, or
//! gives a build server an order.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::Command,
};

use kiln::digest::Digest;
use serde_json::Value;
use tempfile::TempDir;

/// Something of each kind, between two words that show that it was quoted.
const HOSTILE: &str = "begun\n::error::a\u{7}\u{1b}[31m\u{7f}\u{85}\u{9b}31m\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\
                       \u{202e}\u{2066}##[error]##vso[task.complete]ended";

/// The part of it that TOML and YAML take as it stands, as they take comments.
const HOSTILE_IN_LINE: &str =
    "begun\u{9b}31m\u{61c}\u{200e}\u{200f}\u{202e}\u{2066}##[error]##vso[task.complete]ended";

const BASE: &str = "\
[cluster]
name = 'test'
kubernetes = '1.34'
api-server = { endpoints = ['192.0.2.10:6443'] }

[delivery]
engine = 'argo-cd'
repository = 'https://git.example.com/data/platform.git'

[namespaces.jobs]
";

/// A text in quotes of TOML, of JSON or of YAML.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|it| format!("\\u{:04x}", u32::from(it)));
    format!("\"{}\"", escaped.collect::<String>())
}

struct Repository(TempDir);

impl Repository {
    /// One with an environment that says this beside the base.
    fn with(more: &str) -> Self {
        let repository = Self(TempDir::new().expect("a folder can be made"));
        repository.put("environments/test.toml", &format!("{BASE}{more}"));
        repository
    }

    fn put(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }

    /// What a command says on stdout and stderr.
    fn run(&self, words: &[&OsStr]) -> [String; 2] {
        let said = Command::new(env!("CARGO_BIN_EXE_kiln"))
            .args(words)
            .current_dir(self.0.path())
            .output()
            .expect("kiln runs");
        [said.stdout, said.stderr].map(|it| String::from_utf8(it).expect("kiln writes UTF-8"))
    }

    /// The same of a command that quotes what is hostile, and does not act on it.
    fn says(&self, words: &[&str]) -> String {
        let words: Vec<_> = words.iter().map(OsStr::new).collect();
        let said = self.run(&words).concat();
        assert!(
            said.contains("begun") && said.contains("ended"),
            "{words:?} quotes nothing:\n{said}"
        );
        assert_inert(&said, "::");
        said
    }
}

/// Fails for a character or a line that something would act on; some commands begin lines with `::` on purpose.
fn assert_inert(said: &str, no_command: &str) {
    let is_active = |it: char| {
        it.is_control() && !matches!(it, '\n' | '\t')
            || "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}"
                .contains(it)
            || ('\u{2066}'..='\u{2069}').contains(&it)
    };
    let found: Vec<_> = said.chars().filter(|it| is_active(*it)).collect();
    assert!(found.is_empty(), "{found:?} in:\n{}", said.escape_debug());
    for line in said.lines() {
        let is_order = line.trim_start().starts_with(no_command)
            // kiln's own: no command's name begins with a colon.
            && !line.trim_start().starts_with(":::");
        let is_order = is_order || line.contains("##[") || line.contains("##vso[");
        assert!(!is_order, "a build server acts on `{line}`");
    }
}

#[test]
fn what_compile_and_graph_list() {
    let repository = Repository::with(&format!(
        "[prerequisites.b]\nobjects = ['StorageClass/fast']\nprovided-by = {}\n\
         [extra.c]\npath = 'c.yaml'\n",
        quoted(HOSTILE)
    ));
    repository.put(
        "environments/c.yaml",
        "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: c, namespace: jobs}\n\
         spec: {storageClassName: fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}\n",
    );
    let said = repository.says(&["compile"]);
    assert!(
        said.contains("StorageClass fast: provided by begun\\n::error::"),
        "{said}"
    );
    repository.says(&["graph", "test"]);
    for format in ["mermaid", "dot"] {
        let [out, _] = repository.run(&["graph", "test", "--format", format].map(OsStr::new));
        assert!(out.contains("jobs/c"), "{out}");
        assert_inert(&out, "::");
    }
}

#[test]
fn what_explain_quotes_stays_the_value() {
    let repository = Repository::with("[extra.c]\npath = 'c.yaml'\n");
    let in_quotes = quoted(HOSTILE);
    repository.put(
        "environments/c.yaml",
        &format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, namespace: jobs}}\n\
             data: {{key: {in_quotes}, lines: \"a=1\\n::error::begun ended\\n\"}}\n"
        ),
    );
    let said = repository.says(&["explain", "test", "ConfigMap/jobs/c", "data.key"]);
    let value = said.lines().find_map(|it| it.strip_prefix("data.key: "));
    let value: Value = serde_json::from_str(value.expect("it is there")).expect("it is JSON");
    assert_eq!(value, HOSTILE);
    repository.says(&["explain", "test", "ConfigMap/jobs/c", "data.lines"]);
    repository.says(&["explain", "test", &format!("ConfigMap/jobs/{HOSTILE}")]);
}

#[test]
fn what_words_of_the_command_line_say() {
    let repository = Repository::with("");
    for words in [
        &["compile", HOSTILE][..],
        &["compile", "--remove", HOSTILE],
        &["check", "--select", HOSTILE],
        &["check", "--today", HOSTILE],
        &["explain", HOSTILE],
        &["graph", HOSTILE],
        &["verify", HOSTILE],
        &["init", HOSTILE],
        &["lint", HOSTILE],
        &["lint", ".", "--format", HOSTILE],
        &["--root", HOSTILE, "check"],
        &[HOSTILE],
    ] {
        repository.says(words);
    }
}

#[test]
fn names_of_files() {
    let repository = Repository::with("");
    let path = |end: &str| PathBuf::from(OsString::from(format!("{HOSTILE}{end}")));
    repository.put(path("a.yaml"), "apiVersion: v1\nkind: {{ .Kind }}\n");
    repository.put(path("b.yaml"), "apiVersion: v1\nkind: [\n");
    fs::create_dir(repository.0.path().join("raw")).expect("it can be made");
    fs::write(
        repository
            .0
            .path()
            .join("raw")
            .join(OsStr::from_bytes(b"begun\xff\x1bended.yaml")),
        "apiVersion: v1\nkind: [\n",
    )
    .expect("it can be written");
    repository.says(&["lint", "."]);
    repository.says(&["lint", "raw"]);
    repository.put(Path::new("environments").join(path(".toml")), BASE);
    repository.says(&["check"]);
    fs::remove_file(repository.0.path().join("environments").join(path(".toml")))
        .expect("it is there");
    repository.run(&[OsStr::new("compile")]);
    repository.put(Path::new("out/test").join(path("")), "");
    repository.says(&["compile"]);
    repository.says(&["verify"]);
    repository.put(Path::new("out").join(path("")).join("kiln.lock"), "");
    repository.says(&["compile"]);
    repository.says(&["verify"]);
}

#[test]
fn what_a_lock_names() {
    let repository = Repository::with("");
    repository.run(&[OsStr::new("compile")]);
    let lock = repository.0.path().join("out/test/kiln.lock");
    let text = fs::read_to_string(&lock).expect("it is written");
    let escaped = HOSTILE.replace('\n', "\\n");
    let digest = "0".repeat(64);
    let slot = &Digest::of(format!("x{HOSTILE}").as_bytes()).to_string()[..3];
    let slot = format!("\n{slot}\n");
    let text = text.replace(&slot, &format!("{slot}file {digest}  x{escaped}\n"));
    fs::write(&lock, text).expect("it can be written");
    repository.says(&["verify"]);
}

/// A waiver whose reason has lines, and whose comment has what TOML lets stand in one.
fn waiver() -> String {
    format!(
        "[waivers.a] # {HOSTILE_IN_LINE}\ncheck = 'limits-removed'\n\
         object = 'Deployment/jobs/agent'\nreason = {}\nexpires = 2020-01-01\n",
        quoted(HOSTILE)
    )
}

#[test]
fn what_messages_draw_and_fixes_do() {
    let repository = Repository::with(&waiver());
    let said = repository.says(&["check"]);
    assert!(said.contains("its reason was: begun"), "{said}");
    repository.says(&["--color", "never", "check"]);
    let fixed = repository.says(&["check", "--fix"]);
    assert!(fixed.contains("removed `[waivers."), "{fixed}");
}

#[test]
fn colours_are_all_that_a_message_sends_to_a_terminal() {
    let repository = Repository::with(&waiver());
    let [_, said] = repository.run(&["--color", "always", "check"].map(OsStr::new));
    let mut plain = String::new();
    let mut parts = said.split("\u{1b}[");
    plain.extend(parts.next());
    for part in parts {
        let (code, rest) = part.split_once('m').expect("a colour ends in `m`");
        let is_colour = code.bytes().all(|it| it.is_ascii_digit() || it == b';');
        assert!(is_colour, "{code}");
        plain += rest;
    }
    assert!(plain.len() < said.len(), "there are colours");
    assert!(plain.contains("begun"), "{plain}");
    assert_inert(&plain, "::");
}

#[test]
fn formats_for_machines_say_the_same_without_acting() {
    let repository = Repository::with(&waiver());
    let document = |format| {
        let [out, _] = repository.run(&["check", "--format", format].map(OsStr::new));
        // Each line of GitHub's is a command.
        assert_inert(&out, if format == "github" { "\0" } else { "::" });
        out
    };
    let reason = format!("its reason was: {HOSTILE}");

    let json: Value = serde_json::from_str(&document("json")).expect("it is JSON");
    let diagnostics = json["diagnostics"].as_array().expect("it is a list");
    let mut notes = diagnostics.iter().map(|it| &it["notes"][0]);
    assert!(notes.any(|it| it == reason.as_str()), "{json}");

    let sarif: Value = serde_json::from_str(&document("sarif")).expect("it is JSON");
    let results = sarif["runs"][0]["results"].as_array();
    let results = results.expect("it is a list").iter();
    let mut texts = results.filter_map(|it| it["message"]["text"].as_str());
    assert!(texts.any(|it| it.contains(&reason)), "{sarif}");

    // XML 1.0 has no form at all for some.
    let junit = document("junit");
    let text = "begun&#10;::error::a\\u{7}\\u{1b}[31m&#127;&#133;&#155;31m&#1564;";
    assert!(junit.contains(text), "{junit}");
    assert!(junit.contains("##&#91;error]"), "{junit}");

    let github = document("github");
    let orders = github.lines().filter(|it| it.starts_with("::"));
    assert_eq!(orders.count(), diagnostics.len(), "{github}");
    assert_eq!(github.lines().count(), diagnostics.len(), "{github}");
    assert!(github.contains("begun%0A"), "{github}");
}
