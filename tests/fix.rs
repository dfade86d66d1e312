//! `kiln check --fix`: what is certain is fixed in the spec's own text, and nothing else changes.

use std::{fs, path::Path, process::Command};

use kiln::checks::BASE;
use tempfile::TempDir;

/// A repository with these files.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }
    folder
}

fn kiln(folder: &Path, arguments: &[&str]) -> (String, String, i32) {
    let said = Command::new(env!("CARGO_BIN_EXE_kiln"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("kiln runs");
    (
        String::from_utf8(said.stdout).expect("kiln writes UTF-8"),
        String::from_utf8(said.stderr).expect("kiln writes UTF-8"),
        said.status.code().expect("kiln was not killed"),
    )
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).expect("the spec is there")
}

#[test]
fn certain_fixes_keep_the_rest_of_the_text() {
    let before = r#"# comment
extends = "_base.toml"

[connect.analytics.conf]
"spark.sql.shuffle.partition" = 400 # a slip
"spark.driver.port" = 7078 # computed
'spark.sql.adaptive.enabeld' = true
"spark.sql.session.timeZone" = "UTC"
"spark.kubernetes.driver.label.team" = "data" # of no pod that Spark makes
"spark.driver.maxResultSize" = "2Gi" # Kubernetes' unit

[waivers.left-over]
check = "limits-removed"
object = "Deployment/jupyterhub-users/gone"
reason = """
[of several lines]
"""
expires = 2099-06-30

[connect.other]
namspace = "jupyterhub-users"
image = "spark"
conf = { "spark.driver.host" = "here", "spark.ui.prometheus.enabled" = true }
driver = { cores = 1, memory = "2Gi" }
executor = { cores = 1, memory = "2Gi" }
dynamic-allocation = { min = 0, max = 10 }
"#;
    let after = r#"# comment
extends = "_base.toml"

[connect.analytics.conf]
"spark.sql.shuffle.partitions" = 400 # a slip
"spark.sql.adaptive.enabled" = true
"spark.sql.session.timeZone" = "UTC"
"spark.driver.maxResultSize" = "2g" # Kubernetes' unit

[connect.other]
namespace = "jupyterhub-users"
image = "spark"
conf = { "spark.ui.prometheus.enabled" = true }
driver = { cores = 1, memory = "2Gi" }
executor = { cores = 1, memory = "2Gi" }
dynamic-allocation = { min = 0, max = 10 }
"#;
    for line_break in ["\n", "\r\n"] {
        let text = |text: &str| text.replace('\n', line_break);
        let folder = repository(&[
            ("environments/_base.toml", BASE),
            ("environments/test.toml", &text(before)),
        ]);
        let (out, err, status) = kiln(folder.path(), &["check", "--fix"]);
        assert_eq!(
            read(&folder, "environments/test.toml"),
            text(after),
            "{out}{err}"
        );
        assert_eq!(status, 0, "{out}{err}");
        let said = "environments/test.toml:21: `namspace` is now `namespace`";
        assert!(out.contains(said), "{out}");
        assert!(out.ends_with("test: no errors\n"), "{out}");
        let left = fs::read_dir(folder.path().join("environments")).expect("it is there");
        assert_eq!(left.count(), 2, "a temporary file is left");
    }
}

#[test]
fn without_the_option_it_says_what_could_be_fixed_and_writes_nothing() {
    let spec = "extends = \"_base.toml\"\n[connect.analytics.conf]\n\"spark.driver.port\" = 1\n";
    let folder = repository(&[
        ("environments/_base.toml", BASE),
        ("environments/test.toml", spec),
    ]);
    let (_, err, status) = kiln(folder.path(), &["check"]);
    assert!(
        err.ends_with("1 can be fixed with `kiln check --fix`\n"),
        "{err}"
    );
    assert_eq!(status, 1);
    assert_eq!(read(&folder, "environments/test.toml"), spec);
}

/// What one environment finds needless, another that reads the file may need.
#[test]
fn a_shared_file_is_changed_only_when_all_that_read_it_agree() {
    let shared = format!(
        "{BASE}\n[connect.analytics.conf]\n\"spark.sql.shuffle.partition\" = 1\n\n\
         [waivers.agent]\ncheck = \"limits-removed\"\nobject = \"Deployment/operators/agent\"\n\
         reason = \"it follows the node\"\nexpires = 2099-01-01\n"
    );
    let agent = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: agent, namespace: operators}\n\
                 spec:\n  selector: {matchLabels: {app: agent}}\n  template:\n    metadata: {labels: {app: agent}}\n\
                 \x20   spec:\n      containers:\n        - name: agent\n          image: registry.example.com/agent:1.0.0\n";
    let folder = repository(&[
        ("environments/_base.toml", &shared),
        (
            "environments/with.toml",
            "extends = \"_base.toml\"\n[extra.agent]\npath = \"../extra/agent.yaml\"\n",
        ),
        (
            "environments/without.toml",
            "extends = \"_base.toml\"\n[cluster]\nname = \"another\"\n",
        ),
        ("extra/agent.yaml", agent),
    ]);
    let (out, err, _) = kiln(folder.path(), &["check", "--fix", "without"]);
    let said = "environments/_base.toml: left as it is, because with reads it too\n";
    assert!(out.contains(said), "{out}{err}");
    let expected = shared.replace("shuffle.partition\"", "shuffle.partitions\"");
    assert_eq!(
        read(&folder, "environments/_base.toml"),
        expected,
        "{out}{err}"
    );
}

#[test]
fn a_key_that_is_there_already_is_not_renamed() {
    let spec = "extends = \"_base.toml\"\n[connect.analytics.conf]\n\
                \"spark.sql.shuffle.partition\" = 1\n\"spark.sql.shuffle.partitions\" = 2\n";
    let folder = repository(&[
        ("environments/_base.toml", BASE),
        ("environments/test.toml", spec),
    ]);
    let (_, _, status) = kiln(folder.path(), &["check", "--fix"]);
    assert_eq!(status, 1);
    assert_eq!(read(&folder, "environments/test.toml"), spec);
}
