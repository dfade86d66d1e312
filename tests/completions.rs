//! What a shell offers while somebody types, as far as the shells are installed, and as the scripts ask for it anywhere.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

use crate::support::repository::root;

/// What each shell runs to complete a line: the last word of `"$@"`.
const SHELLS: [(&str, &str); 3] = [
    (
        "bash",
        r#"
source <(kiln completions bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_TYPE=9 COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
_clap_complete_kiln kiln "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
"#,
    ),
    (
        "zsh",
        // What it would show, and the rest of its completion system is not needed for.
        r#"
compdef() { :; }
_describe() { print -lr -- "${(@P)@[-1]}"; }
source <(kiln completions zsh)
words=("$@") CURRENT=$#
_clap_dynamic_completer_kiln
"#,
    ),
    (
        "fish",
        r#"
kiln completions fish | source
complete --do-complete (string escape -- $argv | string join ' ' | string replace -r "''\$" '')
"#,
    ),
];

fn run(command: &mut Command) -> Output {
    let tools = Path::new(env!("CARGO_BIN_EXE_kiln")).parent();
    let tools = tools.expect("the binary is in a folder").display();
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{tools}:{path}"));
    command.output().expect("it can be run")
}

fn is_installed(shell: &str) -> bool {
    Command::new(shell).arg("--version").output().is_ok()
}

/// What a shell offers in a folder for the last of some words.
fn offered(shell: &str, folder: &Path, words: &[&str]) -> Vec<String> {
    let (_, script) = SHELLS
        .iter()
        .find(|(name, _)| *name == shell)
        .expect("it is known");
    let mut command = Command::new(shell);
    if shell == "fish" {
        command.args(["--no-config", "-c", script]);
    } else {
        command.args(["-c", script, shell]);
    }
    let output = run(command.args(words).current_dir(folder));
    assert!(output.stderr.is_empty(), "{shell}: {output:?}");
    let printed = String::from_utf8(output.stdout).expect("it prints text");
    // Behind the value, some say what it is.
    let value = |line: &str| {
        line.split([':', '\t'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let values = printed.lines().map(value);
    let values: Vec<_> = values.filter(|it| !it.is_empty()).collect();
    named(values)
}

/// Without the options, which every command offers as well.
fn named(mut values: Vec<String>) -> Vec<String> {
    values.retain(|it| !it.starts_with("--"));
    values.sort();
    values
}

/// The same as the script of a shell asks for it: for fish, each of whose questions is a command line of its own.
fn answered(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut command = Command::new("kiln");
    command.env("KILN_COMPLETE", "fish").arg("--").args(words);
    let output = run(command.current_dir(folder));
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("it prints text");
    let value = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    named(printed.lines().map(value).collect())
}

/// What all shells that are installed, and the protocol, offer alike.
fn completes(folder: &Path, words: &[&str], expected: &[&str]) {
    assert_eq!(answered(folder, words), expected, "{words:?}");
    for (shell, _) in SHELLS {
        if is_installed(shell) {
            assert_eq!(
                offered(shell, folder, words),
                expected,
                "{shell}: {words:?}"
            );
        }
    }
}

#[test]
fn environments_objects_and_codes() {
    let here = root();
    completes(here, &["kiln", "compile", ""], &["dev", "prod", "staging"]);
    completes(here, &["kiln", "check", "dev", "st"], &["staging"]);
    completes(here, &["kiln", "verify", "p"], &["prod"]);
    completes(here, &["kiln", "graph", "d"], &["dev"]);
    completes(here, &["kiln", "explain", "p"], &["prod"]);
    completes(
        here,
        &["kiln", "explain", "E050"],
        &["E0501", "E0502", "E0503", "E0504", "E0505", "E0506"],
    );
    let word = "Deployment/jupyterhub-users/spark-c";
    let servers = ["analytics", "reporting"];
    let servers = servers.map(|it| format!("Deployment/jupyterhub-users/spark-connect-{it}"));
    let servers: Vec<_> = servers.iter().map(String::as_str).collect();
    completes(here, &["kiln", "explain", "prod", word], &servers);
    completes(here, &["kiln", "check", "--ignore", "W0701"], &["W0701"]);
    // And from elsewhere.
    let elsewhere = TempDir::new().expect("a folder can be made");
    let root = here.to_str().expect("the path is text");
    completes(
        elsewhere.path(),
        &["kiln", "--root", root, "compile", "st"],
        &["staging"],
    );
    completes(elsewhere.path(), &["kiln", "compile", "st"], &[]);
}

/// A shell runs what it put into the line, and a repository may be a stranger's.
#[test]
fn no_name_that_means_something_to_a_shell() {
    let folder = TempDir::new().expect("a folder can be made");
    let specs = folder.path().join("environments");
    fs::create_dir(&specs).expect("it is ours");
    for name in [
        "plain",
        "$(touch broken)",
        "a;b",
        "a b",
        "`id`",
        "--root",
        "a\nb",
        "ä",
    ] {
        fs::write(specs.join(format!("{name}.toml")), "").expect("it is ours");
    }
    completes(folder.path(), &["kiln", "compile", ""], &["plain"]);
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let kiln = |arguments: &[&str]| {
        let output = run(Command::new("kiln").args(arguments));
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("it prints text")
    };
    let page = kiln(&["man"]);
    assert!(page.contains(".TH kiln 1"), "{page}");
    let commands: Vec<_> = page
        .lines()
        .filter_map(|line| {
            line.strip_prefix("kiln\\-")?
                .split_once('(')
                .map(|(name, _)| name)
        })
        .collect();
    assert!(commands.contains(&"compile"), "{commands:?}");
    for command in commands {
        let page = kiln(&["man", command]);
        assert!(page.contains(&format!(".TH kiln-{command} 1")), "{page}");
        let usage = format!("\\fBkiln {command}\\fR");
        assert!(page.contains(&usage), "{page}");
    }
    let output = run(Command::new("kiln").args(["man", "chek"]));
    assert_eq!(output.status.code(), Some(2));
    let said = "error: there is no command `chek`; did you mean `check`?\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), said);
}
