//! The formats for machines: structure, escaping, places, and what `--select` and its kin leave.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder whose manifest has a hard name, a letter of two UTF-16 units before its fault, and a
/// warning.
fn folder(before: &str) -> TempDir {
    let folder = TempDir::new().expect("a folder can be made");
    let manifest = format!(
        "{before}apiVersion: v1\nkind: ConfigMap\nmetadata: {{annotations: {{a: 😀}}, name: \"A<&\\\"%,:\"}}\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata: {{name: b}}\nspec:\n  containers:\n    - name: c\n      image: d:1.0.0\n      \
         args: [/opt/spark/sbin/start-history-server.sh]\n"
    );
    fs::write(folder.path().join("ä 100%,:.yaml"), manifest).expect("it can be written");
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

fn parsed(folder: &Path, format: &str) -> Value {
    let (out, _, status) = kiln(folder, &["lint", ".", "--format", format]);
    assert_eq!(status, 1);
    serde_json::from_str(&out).expect("it is JSON alone")
}

#[test]
fn json_says_all_of_a_diagnostic() {
    let folder = folder("");
    let document = parsed(folder.path(), "json");
    assert_eq!(document["version"], 1);
    assert_eq!(document["columns"], "utf16");
    let found = &document["diagnostics"][0];
    assert_eq!(found["code"], "E0401");
    assert_eq!(found["name"], "invalid-name");
    assert_eq!(found["severity"], "error");
    // The smiling face is one letter, two units of UTF-16, and four bytes.
    let label = json!({
        "file": "ä 100%,:.yaml", "line": 3, "column": 40, "end-line": 3, "end-column": 50,
        "bytes": [72, 82], "text": "",
    });
    assert_eq!(found["labels"], json!([label]));
    assert_eq!(document["diagnostics"][1]["severity"], "warning");
}

/// The parts of SARIF 2.1.0 that kiln writes, as its schema wants them.
fn sarif_schema() -> Value {
    let region = json!({
        "type": "object",
        "required": ["startLine", "startColumn", "endLine", "endColumn"],
        "additionalProperties": false,
        "properties": {
            "startLine": {"type": "integer", "minimum": 1},
            "startColumn": {"type": "integer", "minimum": 1},
            "endLine": {"type": "integer", "minimum": 1},
            "endColumn": {"type": "integer", "minimum": 1},
        },
    });
    let text =
        json!({"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}});
    let location = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "message": text,
            "physicalLocation": {
                "type": "object",
                "properties": {
                    "artifactLocation": {
                        "type": "object",
                        "properties": {"uri": {"type": "string", "format": "uri-reference"}},
                    },
                    "region": region,
                },
            },
        },
    });
    let rule = json!({
        "type": "object",
        "required": ["id", "name", "shortDescription", "fullDescription", "help"],
        "properties": {
            "shortDescription": text, "fullDescription": text, "help": text,
            "defaultConfiguration": {"properties": {"level": {"enum": ["warning", "error"]}}},
        },
    });
    let result = json!({
        "type": "object",
        "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
        "additionalProperties": false,
        "properties": {
            "ruleId": {"type": "string"},
            "ruleIndex": {"type": "integer", "minimum": 0},
            "level": {"enum": ["warning", "error"]},
            "message": text,
            "locations": {"type": "array", "maxItems": 1, "items": location},
            "relatedLocations": {"type": "array", "items": location},
            "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
            "fixes": {"type": "array", "items": {
                "type": "object",
                "required": ["artifactChanges"],
                "properties": {"artifactChanges": {"type": "array", "minItems": 1, "items": {
                    "type": "object",
                    "required": ["artifactLocation", "replacements"],
                    "properties": {"replacements": {"type": "array", "minItems": 1, "items": {
                        "type": "object",
                        "required": ["deletedRegion"],
                        "properties": {"deletedRegion": region, "insertedContent": text},
                    }}},
                }}},
            }},
        },
    });
    json!({
        "type": "object",
        "required": ["version", "runs"],
        "properties": {
            "version": {"const": "2.1.0"},
            "runs": {"type": "array", "minItems": 1, "maxItems": 1, "items": {
                "type": "object",
                "required": ["tool", "results", "columnKind"],
                "properties": {
                    "tool": {"properties": {"driver": {
                        "required": ["name", "rules"],
                        "properties": {"rules": {"type": "array", "uniqueItems": true, "items": rule}},
                    }}},
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": result},
                },
            }},
        },
    })
}

#[test]
fn sarif_is_as_its_schema_wants() {
    let folder = folder("");
    let spec = folder.path().join("environments/test.toml");
    fs::create_dir(spec.parent().expect("it is in a folder")).expect("it can be made");
    let text = format!(
        "{}\n[connect.analytics.conf]\n\"spark.driver.port\" = 1\n",
        kiln::checks::BASE
    );
    fs::write(&spec, text).expect("it can be written");
    let (checked, _, _) = kiln(folder.path(), &["check", "--format", "sarif"]);
    let checked: Value = serde_json::from_str(&checked).expect("it is JSON alone");
    let linted = parsed(folder.path(), "sarif");
    for document in [&checked, &linted] {
        jsonschema::validate(&sarif_schema(), document).expect("it is SARIF");
    }
    assert!(checked["runs"][0]["results"][0]["fixes"].is_array());
    let found = &linted["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(found["artifactLocation"]["uri"], "%C3%A4%20100%25,%3A.yaml");
    assert_eq!(found["artifactLocation"]["uriBaseId"], "%SRCROOT%");
    assert_eq!(found["region"]["startColumn"], 40);
}

#[test]
fn fingerprints_survive_lines_that_shift() {
    let of_gitlab = |before: &str| -> Vec<Value> {
        let document = parsed(folder(before).path(), "gitlab");
        let issues = document.as_array().expect("there are results").iter();
        issues.map(|it| it["fingerprint"].clone()).collect()
    };
    assert_eq!(of_gitlab(""), of_gitlab("# a line\n"));
    let prints = |before: &str| -> Vec<Value> {
        let document = parsed(folder(before).path(), "sarif");
        let results = document["runs"][0]["results"].as_array().cloned();
        let results = results.expect("there are results").into_iter();
        results
            .map(|it| it["partialFingerprints"].clone())
            .collect()
    };
    assert_eq!(prints(""), prints("# a line\n# more\n"));
    let unique: std::collections::BTreeSet<_> = prints("").iter().map(Value::to_string).collect();
    assert_eq!(unique.len(), 2);
}

#[test]
fn github_escapes_what_its_runner_would_cut() {
    let (out, err, _) = kiln(folder("").path(), &["lint", ".", "--format", "github"]);
    let first = out.lines().next().expect("there is a finding");
    let start = "::error file=ä 100%25%2C%3A.yaml,line=3,endLine=3,col=40,endColumn=50,\
                 title=E0401 invalid-name::ConfigMap/A<&\"%25,: cannot be called that";
    assert!(first.starts_with(start), "{first}");
    assert_eq!(out.lines().count(), 2, "an annotation is a line");
    assert!(out.contains("%0Ahelp: "), "{out}");
    assert!(err.ends_with("2 objects in 1 file checked\n"), "{err}");
}

/// What GitLab's documentation says a Code Quality report has to hold.
#[test]
fn gitlab_gets_what_it_needs_to_show_a_result() {
    let folder = folder("");
    let found = parsed(folder.path(), "gitlab");
    let words = |key: &str| -> Vec<&str> {
        let issues = found.as_array().expect("it is a list").iter();
        issues.filter_map(|it| it[key].as_str()).collect()
    };
    assert_eq!(words("severity"), ["critical", "minor"]);
    let checks = ["E0401 invalid-name", "W0701 limits-removed"];
    assert_eq!(words("check_name"), checks);
    assert_ne!(words("fingerprint")[0], words("fingerprint")[1]);
    assert!(words("description")[0].starts_with("ConfigMap/A<&\"%,: cannot be called that"));
    let place = json!({"path": "ä 100%,:.yaml", "lines": {"begin": 3, "end": 3}});
    assert_eq!(found[0]["location"], place);
    let nothing = TempDir::new().expect("a folder can be made");
    let (none, ..) = kiln(nothing.path(), &["lint", ".", "--format", "gitlab"]);
    assert_eq!(none, "[]\n");
}

#[test]
fn junit_holds_nothing_that_xml_cannot() {
    let (out, ..) = kiln(folder("").path(), &["lint", ".", "--format", "junit"]);
    assert!(out.contains("tests=\"2\" failures=\"1\""), "{out}");
    let name = "E0401 invalid-name: ConfigMap/A&lt;&amp;&quot;%,: cannot be called that";
    assert!(out.contains(name), "{out}");
    let (none, ..) = kiln(
        TempDir::new().expect("made").path(),
        &["lint", ".", "--format", "junit"],
    );
    assert!(
        none.contains("<testcase classname=\"kiln\" name=\"nothing to say\"/>"),
        "{none}"
    );
}

#[test]
fn checks_are_selected_and_ignored() {
    let folder = folder("");
    let codes = |arguments: &[&str]| {
        let arguments = [&["lint", ".", "--format", "github"], arguments].concat();
        let (out, _, status) = kiln(folder.path(), &arguments);
        let codes = ["E0401", "W0701"]
            .into_iter()
            .filter(|it| out.contains(*it));
        (codes.collect::<Vec<_>>(), status)
    };
    assert_eq!(codes(&[]), (vec!["E0401", "W0701"], 1));
    for written in ["W0701", "w0701", "limits-removed", "E07", "E0601,W07"] {
        assert_eq!(codes(&["--ignore", written]).0, ["E0401"], "{written}");
        assert_eq!(
            codes(&["--select", written]).0,
            ["E0401", "W0701"],
            "{written}"
        );
    }
    // What a file itself is wrong about is always shown.
    assert_eq!(codes(&["--select", "E06"]), (vec!["E0401"], 1));
    let (_, err, status) = kiln(folder.path(), &["lint", ".", "--ignore", "limits-removd"]);
    assert_eq!(
        err,
        "error: there is no check `limits-removd`; did you mean `limits-removed`?\n"
    );
    assert_eq!(status, 2);
    // Of somebody else's manifests everything can be ignored.
    assert_eq!(codes(&["--ignore", "E0401"]), (vec!["W0701"], 0));
}

#[test]
fn warnings_fail_when_they_are_denied() {
    let folder = TempDir::new().expect("a folder can be made");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec:\n  containers:\n    \
               - {name: c, image: d:1.0.0, args: [start-history-server.sh]}\n";
    fs::write(folder.path().join("pod.yaml"), pod).expect("it can be written");
    assert_eq!(kiln(folder.path(), &["lint", "."]).2, 0);
    assert_eq!(
        kiln(folder.path(), &["lint", ".", "--deny", "warnings"]).2,
        1
    );
    let ignored = ["lint", ".", "--deny", "warnings", "--ignore", "W07"];
    assert_eq!(kiln(folder.path(), &ignored).2, 0);
}
