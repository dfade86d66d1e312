//! What is generated and committed is what the code generates today, and nothing lies around unused.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use kiln::components;
use serde_json::{Value as Json, json};

use crate::support::repository::{files, root};

fn kiln(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kiln"));
    let output = command.arg("--root").arg(root()).args(arguments).output();
    output.expect("kiln runs")
}

#[test]
fn the_schema_is_current() {
    let path = root().join("schemas/platform.schema.json");
    let committed = fs::read_to_string(path).expect("the schema is committed");
    let printed = String::from_utf8(kiln(&["schema"]).stdout).expect("the schema is text");
    assert!(
        committed == printed,
        "schemas/platform.schema.json is stale: `make generate` writes it"
    );
}

#[test]
fn the_output_is_current() {
    let checked = kiln(&["compile", "--check"]);
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(
        checked.status.success(),
        "{said}\n`make generate` writes it"
    );
}

/// Names of the entries of a folder of sources, as the spec writes them.
fn parts(folder: &str, is_part: impl Fn(&Path) -> bool) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).expect("the folder can be listed");
    entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .filter(|path| is_part(path))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.replace('_', "-")))
        .collect()
}

#[test]
fn every_component_is_in_the_list() {
    let listed = components::ALL.iter().map(|it| it.table().to_owned());
    let listed: BTreeSet<_> = listed.collect();
    let mut folders = parts("src/components", Path::is_dir);
    // What those that run Spark have in common.
    folders.remove("workload");
    assert_eq!(folders, listed);
}

#[test]
fn every_template_is_used_and_holds_no_token() {
    let sources = files(root(), "src");
    let mut seen = 0;
    for (path, bytes) in &sources {
        let Some((folder, name)) = path
            .strip_suffix(".hbs")
            .and_then(|_| path.split_once("/templates/"))
        else {
            continue;
        };
        seen += 1;
        let text = std::str::from_utf8(bytes).expect("a template is text");
        // The characters by which the renderer knows where a value goes.
        assert!(
            !text
                .chars()
                .any(|it| ('\u{e000}'..='\u{f8ff}').contains(&it)),
            "{path} holds a character for private use"
        );
        let ends = [format!("\"{name}\""), format!("/{name}\"")];
        let used = sources.iter().any(|(source, bytes)| {
            source.strip_suffix(".rs").is_some()
                && source.rsplit_once('/').is_some_and(|it| it.0 == folder)
                && ends
                    .iter()
                    .any(|end| String::from_utf8_lossy(bytes).contains(end))
        });
        assert!(used, "no source beside it names {path}");
    }
    assert!(seen > 20, "only {seen} templates were found");
}

#[test]
fn the_schema_is_one_that_editors_can_use() {
    let schema = &components::schema().json;
    assert!(jsonschema::draft7::meta::validate(schema).is_ok());
    jsonschema::draft7::new(schema).expect("the schema compiles");
}

/// A file may hold the keys of several variants when another file says which one it is.
#[test]
fn editors_judge_a_variant_where_its_tag_stands() {
    let schema = components::schema_for_editors();
    let validator = jsonschema::draft7::new(&schema).expect("the schema compiles");
    let shared = json!({
        "delivery": {"argo-cd": {"namespace": "argo"}, "flux": {"interval": "1m"}},
        "connect": {"analytics": {"standalone": {"workers": 1}}},
    });
    assert!(validator.is_valid(&shared));
    let mut chosen = shared.clone();
    chosen["delivery"]["engine"] = "flux".into();
    chosen["connect"]["analytics"]["backend"] = "local".into();
    let faults = validator.iter_errors(&chosen);
    let faults: BTreeSet<_> = faults.map(|it| it.instance_path().to_string()).collect();
    let expected = ["/connect/analytics/standalone", "/delivery/argo-cd"];
    assert_eq!(faults, expected.map(str::to_owned).into());
}

/// Every property below a schema, with its path.
fn properties<'a>(schema: &'a Json, path: &str, found: &mut Vec<(String, &'a Json)>) {
    match schema {
        Json::Object(map) => {
            // Which keys a variant has stands in an `if`, and what they are among the properties.
            let keywords = map
                .iter()
                .filter(|(key, _)| !["if", "then"].contains(&key.as_str()));
            for (key, inner) in keywords {
                let path = format!("{path}/{key}");
                if key == "properties" {
                    let listed = inner.as_object().expect("properties are a table");
                    found.extend(listed.iter().map(|(key, it)| (format!("{path}/{key}"), it)));
                }
                properties(inner, &path, found);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                properties(item, &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_is_documented() {
    let schema = &components::schema().json;
    let mut found = Vec::new();
    properties(schema, "", &mut found);
    assert!(found.len() > 100, "only {} keys were found", found.len());
    let undocumented: Vec<_> = found
        .into_iter()
        // A key that is but a reference is documented where it points to.
        .filter(|(_, key)| {
            let target = key["$ref"].as_str().and_then(|it| schema.pointer(&it[1..]));
            target.unwrap_or(key)["description"]
                .as_str()
                .is_none_or(str::is_empty)
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(undocumented, Vec::<String>::new());
}

#[test]
fn every_default_is_legal() {
    let schema = &components::schema().json;
    let mut found = Vec::new();
    properties(schema, "", &mut found);
    let mut seen = 0;
    for (path, key) in found {
        // Of a key that may be absent, `null` says just that.
        let Some(default) = key.get("default").filter(|it| !it.is_null()) else {
            continue;
        };
        seen += 1;
        let alone = json!({"definitions": schema["definitions"], "allOf": [key]});
        let validator = jsonschema::draft7::new(&alone).expect("a part of the schema compiles");
        assert!(validator.is_valid(default), "{path}: {default}");
    }
    assert!(seen > 30, "only {seen} defaults were found");
}
