//! The GitHub Action and the GitLab template: their scripts as they are, in a shallow clone, against a made-up API.
//!
//! The runners of both have `jq`, which a machine with a Rust toolchain need not have: `make conformance` runs these.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{git, repository::root};

const REPORT: &str = "<!-- kiln diff -->\n**Nothing is lost**\n";

const SPEC: &str = "[cluster]\nname = 'dev'\nkubernetes = '1.34'\napi-server = { endpoints = ['192.0.2.10:6443'] }\n\n\
                    [delivery]\nengine = 'argo-cd'\nrepository = 'https://git.example.com/a.git'\n\n[namespaces.jobs]\n";

/// A pull request's merge, checked out as a runner does, and an API with comments.
struct Run {
    folder: TempDir,
    /// The commits by their names: `base`, `main`, which is a commit ahead, `head` and `merge`.
    commits: BTreeMap<&'static str, String>,
    variables: BTreeMap<&'static str, String>,
}

impl Run {
    fn new() -> Self {
        let folder = TempDir::new().expect("there is room for temporary files");
        let mut run = Self {
            folder,
            commits: BTreeMap::new(),
            variables: BTreeMap::new(),
        };
        let origin = run.path("origin");
        fs::create_dir_all(origin.join("environments")).expect("it is ours");
        let put = |name: &str, text: &str| {
            fs::write(origin.join(name), text).expect("it is ours");
        };
        let git = |arguments: &[&str]| run.git("origin", arguments);
        put("environments/dev.toml", SPEC);
        git(&["init", "--quiet", "--initial-branch", "main"]);
        let commit = |message: &str| {
            git(&["add", "--all"]);
            git(&["commit", "--quiet", "--message", message]);
            git(&["rev-parse", "HEAD"]).trim().to_owned()
        };
        let base = commit("base");
        git(&["switch", "--quiet", "--create", "change"]);
        put("environments/dev.toml", &format!("{SPEC}# changed\n"));
        let head = commit("head");
        git(&["switch", "--quiet", "main"]);
        put("README.md", "a platform\n");
        let main = commit("main");
        git(&["switch", "--quiet", "--detach"]);
        git(&["merge", "--quiet", "--no-edit", &head]);
        let merge = git(&["rev-parse", "HEAD"]).trim().to_owned();
        git(&["update-ref", "refs/pull/7/merge", &merge]);
        git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        run.commits = [
            ("base", base),
            ("head", head),
            ("main", main),
            ("merge", merge),
        ]
        .into();
        run.check_out("merge");
        run.put("comments", "[]");
        run
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it is ours");
    }

    /// What a file holds; nothing if there is none.
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        git::succeeds(&self.path(folder), arguments)
    }

    /// Fetches one commit and nothing before it.
    fn check_out(&mut self, commit: &str) {
        let _ = fs::remove_dir_all(self.path("work"));
        fs::create_dir(self.path("work")).expect("it is ours");
        let origin = format!("file://{}", self.path("origin").display());
        self.git("work", &["init", "--quiet"]);
        self.git("work", &["remote", "add", "origin", &origin]);
        self.git(
            "work",
            &[
                "fetch",
                "--quiet",
                "--depth=1",
                "origin",
                &self.commits[commit],
            ],
        );
        self.git("work", &["checkout", "--quiet", "FETCH_HEAD"]);
    }

    /// Nothing but what the machine must have and what the run was given.
    fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let tools = root().join("tests/pipelines");
        let path = std::env::var("PATH").unwrap_or_default();
        git::isolated(command)
            .env("PATH", format!("{}:{path}", tools.display()))
            .env("KILN", env!("CARGO_BIN_EXE_kiln"))
            .env("CALLS", self.path("calls"))
            .env("COMMENTS", self.path("comments"))
            .envs(&self.variables)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.variables.insert(name, value.to_owned());
    }

    fn shell(&self, command: &mut Command) -> Output {
        command.current_dir(self.path("work"));
        self.environment(command).output().expect("it can be run")
    }

    fn comments(&self) -> Vec<(Value, String)> {
        let all: Value = serde_json::from_str(&self.read("comments")).expect("it is JSON");
        let all = all.as_array().expect("it is a list").iter();
        let body = |it: &Value| it["body"].as_str().expect("it is a text").to_owned();
        all.map(|it| (it["id"].clone(), body(it))).collect()
    }

    /// Runs a step of the action, for a pull request from a repository.
    fn github(&self, step: &str, from: &str) -> Output {
        let event = json!({"pull_request": {
            "number": 7,
            "base": {"sha": self.commits["base"]},
            "head": {"sha": self.commits["head"], "repo": {"full_name": from}},
        }});
        self.put("event", &event.to_string());
        for file in ["output", "summary"] {
            self.put(file, "");
        }
        let mut command = Command::new(root().join("ci/github"));
        command.arg(step);
        command.current_dir(self.path("work"));
        self.environment(&mut command)
            .env("GITHUB_ACTION_PATH", root())
            .env("GITHUB_EVENT_PATH", self.path("event"))
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_REPOSITORY", "data/platform")
            .env("GITHUB_REF", "refs/pull/7/merge")
            .env("GITHUB_SHA", &self.commits["merge"])
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("RUNNER_TEMP", self.folder.path())
            .env("RUNNER_OS", "Linux")
            .env("RUNNER_ARCH", "X64")
            .output()
            .expect("it can be run")
    }

    /// Runs the script of a job of the template.
    fn gitlab(&self, job: &str) -> Output {
        let text = fs::read_to_string(root().join("ci/gitlab.yml")).expect("it is there");
        let (_, jobs) = text.split_once("\n---\n").expect("there is a head");
        let jobs: Value = serde_yaml::from_str(jobs).expect("it is YAML");
        let script = jobs[job]["script"]
            .as_array()
            .expect("the job has a script");
        let script: Vec<_> = script.iter().filter_map(Value::as_str).collect();
        let mut command = Command::new("sh");
        command.args(["-e", "-c", &script.join("\n")]);
        self.shell(&mut command)
    }
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

#[test]
#[ignore = "needs jq; `make conformance` runs it"]
fn one_comment_is_written_and_kept_up_to_date() {
    let mut run = Run::new();
    let person = json!([{"id": 1, "user": {"type": "User"}, "body": "<!-- kiln diff -->\nmine\n"}]);
    run.put("comments", &person.to_string());
    run.set("REPORT", REPORT);
    succeeds(&run.github("diff", "data/platform"));
    let of_person = (json!(1), "<!-- kiln diff -->\nmine\n".to_owned());
    let ours = (json!(2), REPORT.to_owned());
    assert_eq!(run.comments(), [of_person.clone(), ours]);

    let next = "<!-- kiln diff -->\n`$(touch broken)` true\n";
    run.set("REPORT", next);
    succeeds(&run.github("diff", "data/platform"));
    assert_eq!(run.comments(), [of_person, (json!(2), next.to_owned())]);
    // The merge is compared with what it is merged into, which a shallow clone has not.
    let main = &run.commits["main"];
    assert!(
        run.read("calls").contains(&format!("--against {main} ")),
        "{}",
        run.read("calls")
    );
    assert_eq!(run.read("summary"), "");
    assert_eq!(run.read("output"), "");
}

#[test]
#[ignore = "needs jq; `make conformance` runs it"]
fn a_branch_is_compared_with_where_it_began() {
    let mut run = Run::new();
    run.check_out("head");
    run.set("REPORT", REPORT);
    let base = run.commits["base"].clone();
    run.set("MERGE_BASE", &base);
    succeeds(&run.github("diff", "data/platform"));
    assert!(
        run.read("calls").contains(&format!("--against {base} ")),
        "{}",
        run.read("calls")
    );
}

#[test]
#[ignore = "needs jq; `make conformance` runs it"]
fn a_run_that_may_not_comment_shows_the_report_in_its_summary() {
    let mut run = Run::new();
    run.set("REPORT", REPORT);
    succeeds(&run.github("diff", "somebody/platform"));
    assert_eq!(run.read("summary"), REPORT);
    assert!(run.comments().is_empty());
    // Nothing is asked in vain.
    assert!(
        !run.read("calls").contains("comments"),
        "{}",
        run.read("calls")
    );

    run.set("REFUSES", "all");
    succeeds(&run.github("diff", "data/platform"));
    assert_eq!(run.read("summary"), REPORT);
}

#[test]
#[ignore = "needs jq; `make conformance` runs it"]
fn what_fails_is_said_and_fails_the_run() {
    let mut run = Run::new();
    run.set("KILN_FAIL_ON", "deleted,storage-lost");
    run.set("OVERFLOWS", "yes");
    run.set("REPORT", REPORT);
    run.set("STATUS", "1");
    let output = run.github("diff", "data/platform");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(run.comments(), [(json!(1), REPORT.to_owned())]);
    assert!(
        run.read("calls")
            .contains("--fail-on deleted,storage-lost\n"),
        "{}",
        run.read("calls")
    );
    let overflow = run.path("kiln-diff-full.md");
    assert_eq!(
        run.read("output"),
        format!("overflow={}\n", overflow.display())
    );

    // Specs that do not compile have no report.
    run.set("REPORT", "");
    let output = run.github("diff", "data/platform");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let [(_, comment)] = &run.comments()[..] else {
        panic!("there is one comment");
    };
    assert!(
        comment.starts_with("<!-- kiln diff -->\n`kiln diff` has nothing to show"),
        "{comment}"
    );
}

#[test]
#[ignore = "needs jq; `make conformance` runs it"]
fn problems_are_annotations_and_results_of_code_scanning() {
    let mut run = Run::new();
    run.set("KILN_SARIF", "true");
    succeeds(&run.github("check", "data/platform"));
    // Nothing is compiled yet.
    let output = run.github("compile", "data/platform");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stdout).expect("it prints text");
    assert!(said.starts_with("::error file=out/dev/"), "{said}");

    run.put(
        "work/environments/dev.toml",
        &SPEC.replace("engine", "engin"),
    );
    let output = run.github("check", "data/platform");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stdout).expect("it prints text");
    assert!(
        said.contains("::error file=environments/dev.toml,line="),
        "{said}"
    );
    let sarif: Value = serde_json::from_str(&run.read("comments.sarif")).expect("it is JSON");
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["name"], "kiln");
    run.set("REFUSES", "all");
    let output = run.github("check", "somebody/platform");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn a_kiln_that_is_there_is_used_and_another_is_cached_by_its_sources() {
    let mut run = Run::new();
    succeeds(&run.github("find", "data/platform"));
    assert_eq!(run.read("output"), "");
    run.set("PATH", "/usr/bin:/bin");
    succeeds(&run.github("find", "data/platform"));
    let output = run.read("output");
    let key = output
        .strip_prefix("key=kiln-Linux-X64-")
        .expect("there is a key");
    assert_eq!(key.trim().len(), 64, "{key}");
}

/// What GitLab sets in a pipeline of merge request 7.
fn merge_request() -> Run {
    let mut run = Run::new();
    run.set("CI_API_V4_URL", "https://gitlab.example.com/api/v4");
    run.set("CI_MERGE_REQUEST_PROJECT_ID", "5");
    run.set("CI_MERGE_REQUEST_IID", "7");
    let base = run.commits["base"].clone();
    run.set("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base);
    run.set("REPORT", REPORT);
    run
}

#[test]
#[ignore = "needs jq; `make conformance` runs it"]
fn gitlab_gets_one_note() {
    let mut run = merge_request();
    run.set("KILN_TOKEN", "secret");
    let other = json!([{"id": 1, "author": {"id": 1}, "body": "<!-- kiln diff -->\nmine\n"}]);
    run.put("comments", &other.to_string());
    succeeds(&run.gitlab("kiln diff"));
    let of_person = (json!(1), "<!-- kiln diff -->\nmine\n".to_owned());
    assert_eq!(
        run.comments(),
        [of_person.clone(), (json!(2), REPORT.to_owned())]
    );
    let base = &run.commits["base"];
    assert!(
        run.read("calls").contains(&format!("--against {base} ")),
        "{}",
        run.read("calls")
    );

    // With merged results, against the target; and the note is found on its second page.
    let main = run.commits["main"].clone();
    run.set("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", &main);
    run.set("KILN_FAIL_ON", "deleted");
    run.set("STATUS", "1");
    run.set("REPORT", "<!-- kiln diff -->\n\"next\" \\n $x\n");
    let output = run.gitlab("kiln diff");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let next = "<!-- kiln diff -->\n\"next\" \\n $x\n".to_owned();
    assert_eq!(run.comments(), [of_person, (json!(2), next)]);
    let calls = run.read("calls");
    assert!(calls.contains(&format!("--against {main} ")), "{calls}");
    assert!(calls.contains("--fail-on deleted\n"), "{calls}");
}

#[test]
fn gitlab_without_a_token_keeps_the_report_as_an_artifact() {
    let mut run = merge_request();
    run.set("OVERFLOWS", "yes");
    succeeds(&run.gitlab("kiln diff"));
    assert_eq!(run.read("work/kiln-diff/report.md"), REPORT);
    assert_eq!(run.read("work/kiln-diff/full.md"), "all of it\n");
    assert!(!run.read("calls").contains("http"), "{}", run.read("calls"));
}

#[test]
fn gitlab_gets_a_report_on_code_quality() {
    let run = merge_request();
    succeeds(&run.gitlab("kiln check"));
    assert_eq!(run.read("work/gl-code-quality-report.json"), "[]\n");
    assert_eq!(run.gitlab("kiln compile").status.code(), Some(1));
    run.put(
        "work/environments/dev.toml",
        &SPEC.replace("engine", "engin"),
    );
    let output = run.gitlab("kiln check");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).expect("it prints text");
    assert!(said.contains("environments/dev.toml:7:1"), "{said}");
    let report: Value =
        serde_json::from_str(&run.read("work/gl-code-quality-report.json")).expect("it is JSON");
    assert_eq!(report[0]["location"]["path"], "environments/dev.toml");
}

/// Actions of others are pinned by commit, and no text of a pull request is put into a script.
#[test]
fn the_action_trusts_nobody() {
    let text = fs::read_to_string(root().join("action.yml")).expect("it is there");
    let action: Value = serde_yaml::from_str(&text).expect("it is YAML");
    let steps = action["runs"]["steps"].as_array().expect("there are steps");
    assert_eq!(steps.len(), 7);
    for step in steps {
        if let Some(uses) = step["uses"].as_str() {
            let (name, commit) = uses.split_once('@').expect("it has a version");
            assert!(name.starts_with("actions/"), "{uses}");
            let is_digit = |it: char| it.is_ascii_hexdigit();
            assert!(commit.len() == 40 && commit.chars().all(is_digit), "{uses}");
        }
        let script = step["run"].as_str().unwrap_or_default();
        assert!(!script.contains("${{"), "{script}");
        let file = script
            .trim_matches('"')
            .split('"')
            .next()
            .unwrap_or_default();
        let file = file.replace("$GITHUB_ACTION_PATH/", "");
        assert!(
            file.is_empty() || Path::new(root()).join(&file).exists(),
            "{file}"
        );
    }
}

/// What pre-commit runs is a command line that kiln understands, with the paths that it passes.
#[test]
fn hooks_take_the_paths_of_changed_files() {
    let text = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).expect("it is there");
    let hooks: Value = serde_yaml::from_str(&text).expect("it is YAML");
    let run = Run::new();
    for hook in hooks.as_array().expect("it is a list") {
        let entry = hook["entry"].as_str().expect("a hook has a command");
        let mut words = entry.split(' ');
        assert_eq!(words.next(), Some("kiln"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_kiln"));
        succeeds(&run.shell(command.args(words).arg("environments/dev.toml")));
        assert_eq!(
            hook["require_serial"], true,
            "two runs would wait for each other"
        );
    }
    assert!(run.path("work/out/dev/kiln.lock").exists());
}
