//! Patches: what they do, whose line a patched value names, and that none silently does nothing.

use kiln::{
    diagnostics::Diagnostics,
    document::{Node, Sources},
    patch::{json_patch, merge_patch},
    yaml,
};
use serde_json::json;

type Patch = fn(&mut Node, &Node) -> Result<(), Diagnostics>;

fn read(sources: &mut Sources, path: &str, text: &str) -> Node {
    let file = sources.add_file(path, text);
    yaml::read(sources, file).expect("it is YAML").remove(0)
}

/// The patched document.
fn patched(patch: Patch, document: &str, operations: &str) -> serde_json::Value {
    let mut sources = Sources::default();
    let mut target = read(&mut sources, "object.yaml", document);
    let operations = read(&mut sources, "patch.yaml", operations);
    patch(&mut target, &operations).unwrap_or_else(|faults| panic!("{operations:?}: {faults:?}"));
    target.to_json()
}

/// What is wrong with a patch: line, column, title and hints.
fn faults(patch: Patch, document: &str, operations: &str) -> Vec<(usize, usize, String)> {
    let mut sources = Sources::default();
    let mut target = read(&mut sources, "object.yaml", document);
    let operations = read(&mut sources, "patch.yaml", operations);
    let faults = patch(&mut target, &operations).expect_err("the patch does not fit");
    faults
        .iter()
        .map(|fault| {
            let place = fault.labels[0].at.place(&sources).expect("it has a place");
            assert_eq!(sources.file(place.file).path, "patch.yaml");
            let (line, column) = sources.line_column(place);
            let hints = fault.hints.iter().chain(&fault.notes).cloned();
            let words: Vec<_> = [fault.title.clone()].into_iter().chain(hints).collect();
            (line, column, words.join("; "))
        })
        .collect()
}

#[test]
fn the_examples_of_rfc_6902_work() {
    for (document, patch, expected) in [
        // A.1 to A.7
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/baz","value":"qux"}]"#,
            json!({"baz":"qux","foo":"bar"}),
        ),
        (
            r#"{"foo":["bar","baz"]}"#,
            r#"[{"op":"add","path":"/foo/1","value":"qux"}]"#,
            json!({"foo":["bar","qux","baz"]}),
        ),
        (
            r#"{"baz":"qux","foo":"bar"}"#,
            r#"[{"op":"remove","path":"/baz"}]"#,
            json!({"foo":"bar"}),
        ),
        (
            r#"{"foo":["bar","qux","baz"]}"#,
            r#"[{"op":"remove","path":"/foo/1"}]"#,
            json!({"foo":["bar","baz"]}),
        ),
        (
            r#"{"baz":"qux","foo":"bar"}"#,
            r#"[{"op":"replace","path":"/baz","value":"boo"}]"#,
            json!({"baz":"boo","foo":"bar"}),
        ),
        (
            r#"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
            r#"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
            json!({"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}),
        ),
        (
            r#"{"foo":["all","grass","cows","eat"]}"#,
            r#"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
            json!({"foo":["all","cows","eat","grass"]}),
        ),
        // A.8, A.10, A.11, A.14, A.16
        (
            r#"{"baz":"qux","foo":["a",2,"c"]}"#,
            r#"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2.0}]"#,
            json!({"baz":"qux","foo":["a",2,"c"]}),
        ),
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
            json!({"foo":"bar","child":{"grandchild":{}}}),
        ),
        (
            r#"{"foo":"bar"}"#,
            r#"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#,
            json!({"foo":"bar","baz":"qux"}),
        ),
        (
            r#"{"/":9,"~1":10}"#,
            r#"[{"op":"test","path":"/~01","value":10},{"op":"replace","path":"/~1","value":8}]"#,
            json!({"/":8,"~1":10}),
        ),
        (
            r#"{"foo":["bar"]}"#,
            r#"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
            json!({"foo":["bar",["abc","def"]]}),
        ),
        // Beyond the appendix.
        (
            r#"{"a":1}"#,
            r#"[{"op":"replace","path":"","value":{"b":2}}]"#,
            json!({"b":2}),
        ),
        (
            r#"{"a":{"b":1}}"#,
            r#"[{"op":"copy","from":"/a","path":"/c"},{"op":"replace","path":"/c/b","value":2}]"#,
            json!({"a":{"b":1},"c":{"b":2}}),
        ),
        (
            r#"{"a":[]}"#,
            r#"[{"op":"add","path":"/a/0","value":null}]"#,
            json!({"a":[null]}),
        ),
        (
            r#"{"a":1,"":2}"#,
            r#"[{"op":"remove","path":"/"},{"op":"add","path":"/a","value":3}]"#,
            json!({"a":3}),
        ),
    ] {
        assert_eq!(patched(json_patch, document, patch), expected, "{patch}");
    }
}

/// The fault of an operation, and the part of it that is underlined.
fn operation_fault(operation: &str) -> (String, String) {
    let document = "spec: {replicas: 1, items: [a, b]}";
    let patch = format!("- {{op: test, path: /spec/replicas, value: 1}}\n- {operation}\n");
    let mut sources = Sources::default();
    let mut target = read(&mut sources, "object.yaml", document);
    let operations = read(&mut sources, "patch.yaml", &patch);
    let faults = json_patch(&mut target, &operations).expect_err("the patch does not fit");
    let fault = faults.iter().next().expect("there is a fault");
    let place = fault.labels[0].at.place(&sources).expect("it has a place");
    let more = fault.hints.iter().chain(&fault.notes).cloned();
    let words: Vec<_> = [fault.title.clone()].into_iter().chain(more).collect();
    (patch[place.span.clone()].to_owned(), words.join("; "))
}

#[test]
fn an_operation_that_matches_nothing_is_an_error_in_the_patch() {
    for (operation, underlined, words) in [
        // A.9, A.12, A.15 of the RFC.
        (
            "{op: test, path: /spec/replicas, value: 2}",
            "2",
            "the test of `/spec/replicas` fails; the value is 1",
        ),
        (
            "{op: test, path: /spec/replicas, value: '1'}",
            "'1'",
            "the test of `/spec/replicas` fails; the value is 1",
        ),
        (
            "{op: add, path: /baz/bat, value: x}",
            "/baz/bat",
            "`/baz/bat` matches nothing: there is no key `baz`",
        ),
        (
            "{op: remove, path: /spec/replica}",
            "/spec/replica",
            "`/spec/replica` matches nothing: there is no key `replica`; there is a similar key `replicas`",
        ),
        (
            "{op: replace, path: /spec/x, value: 1}",
            "/spec/x",
            "`/spec/x` matches nothing: there is no key `x`",
        ),
        (
            "{op: remove, path: /spec/items/2}",
            "/spec/items/2",
            "`/spec/items/2` matches nothing: there is no item `2` among 2",
        ),
        (
            "{op: remove, path: /spec/items/-}",
            "/spec/items/-",
            "`/spec/items/-` matches nothing: there is no item `-` among 2",
        ),
        (
            "{op: add, path: /spec/items/3, value: x}",
            "/spec/items/3",
            "`/spec/items/3` matches nothing: there is no item `3` among 2",
        ),
        (
            "{op: replace, path: /spec/items/01, value: x}",
            "/spec/items/01",
            "`/spec/items/01` matches nothing: there is no item `01` among 2",
        ),
        (
            "{op: add, path: /spec/replicas/x, value: x}",
            "/spec/replicas/x",
            "`/spec/replicas/x` matches nothing: `x` would be inside an integer",
        ),
        (
            "{op: copy, from: /spec/x, path: /spec/y}",
            "/spec/x",
            "`/spec/x` matches nothing: there is no key `x`",
        ),
    ] {
        let expected = (underlined.to_owned(), words.to_owned());
        assert_eq!(operation_fault(operation), expected, "{operation}");
    }
}

#[test]
fn a_malformed_operation_is_an_error_in_the_patch() {
    for (operation, underlined, words) in [
        (
            "{op: move, from: /spec, path: /spec/y}",
            "/spec/y",
            "a value cannot move into itself",
        ),
        (
            "{op: remove, path: ''}",
            "''",
            "a patch cannot remove the whole object",
        ),
        (
            "{op: remove, path: spec}",
            "spec",
            "`spec` is not a path: it has to start with `/`",
        ),
        (
            "{op: remove, path: /~2}",
            "/~2",
            "`/~2` is not a path: `~` is written `~0`",
        ),
        (
            "{op: merge, path: /spec}",
            "merge",
            "there is no operation `merge`; the operations are `add`, `remove`, `replace`, `move`, `copy`, `test`",
        ),
        (
            "{op: add, path: /spec/x}",
            "{op: add, path: /spec/x}",
            "the operation lacks `value`",
        ),
        ("{path: /spec}", "{path: /spec}", "the operation lacks `op`"),
        (
            "{op: remove, path: 1}",
            "1",
            "`path` is a string, not an integer",
        ),
    ] {
        let expected = (underlined.to_owned(), words.to_owned());
        assert_eq!(operation_fault(operation), expected, "{operation}");
    }
    assert_eq!(
        faults(json_patch, "spec: {}", "op: add"),
        [(
            1,
            1,
            "a JSON patch is a list of operations, not a table".to_owned()
        )]
    );
}

#[test]
fn the_examples_of_rfc_7386_work() {
    for (document, patch, expected) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, json!({"a":"c"})),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, json!({"a":"b","b":"c"})),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, json!({})),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, json!({"b":"c"})),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, json!({"a":"c"})),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, json!({"a":["b"]})),
        (
            r#"{"a":{"b":"c"}}"#,
            r#"{"a":{"b":"d"}}"#,
            json!({"a":{"b":"d"}}),
        ),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, json!({"a":[1]})),
        (r#"["a","b"]"#, r#"["c","d"]"#, json!(["c", "d"])),
        (r#"{"a":"b"}"#, r#"["c"]"#, json!(["c"])),
        (r#"{"a":"foo"}"#, r#""bar""#, json!("bar")),
        (r#"{"e":null}"#, r#"{"a":1}"#, json!({"e":null,"a":1})),
        ("[1,2]", r#"{"a":"b"}"#, json!({"a":"b"})),
        // The document of section 3.
        (
            r#"{"title":"Goodbye!","author":{"givenName":"John","familyName":"Doe"},"tags":["example","sample"],"content":"This will be unchanged"}"#,
            r#"{"title":"Hello!","phoneNumber":"+01-123-456-7890","author":{"familyName":null},"tags":["example"]}"#,
            json!({"title":"Hello!","author":{"givenName":"John"},"tags":["example"],"content":"This will be unchanged","phoneNumber":"+01-123-456-7890"}),
        ),
    ] {
        assert_eq!(patched(merge_patch, document, patch), expected, "{patch}");
    }
}

#[test]
fn a_merge_patch_that_does_nothing_is_an_error() {
    let document = "spec: {replicas: 1, strategy: {type: Recreate}}";
    for (patch, expected) in [
        (
            "spec:\n  replica: null\n  x: {z: null}\n  strategy: null\n",
            vec![
                (
                    2,
                    12,
                    "the patch removes `replica`, which is not there; there is a similar key `replicas`",
                ),
                (3, 10, "the patch removes `z`, which is not there"),
            ],
        ),
        (
            "spec: {replicas: 1, strategy: {}}",
            vec![(
                1,
                1,
                "the patch changes nothing: the object already is what it asks for",
            )],
        ),
        (
            "{}",
            vec![(
                1,
                1,
                "the patch changes nothing: the object already is what it asks for",
            )],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(line, column, words)| (line, column, words.to_owned()))
            .collect();
        assert_eq!(faults(merge_patch, document, patch), expected, "{patch}");
    }
}

#[test]
fn a_patched_value_names_the_line_of_the_patch() {
    let mut sources = Sources::default();
    let mut target = read(&mut sources, "object.yaml", "a: 1\nb: {c: 2}\nd: 3\n");
    let merge = read(&mut sources, "merge.yaml", "b:\n  c: 4\n  new: {x: 5}\n");
    let json = read(
        &mut sources,
        "json.yaml",
        "- {op: add, path: /e, value: 6}\n- {op: move, from: /d, path: /f}\n",
    );
    merge_patch(&mut target, &merge).expect("it fits");
    json_patch(&mut target, &json).expect("it fits");
    let places = |path: &[&str]| -> Vec<String> {
        let node = target.at(path.iter().copied()).expect("it is there");
        let places = node.origins.iter().filter_map(|id| sources.place(id));
        places
            .map(|place| {
                let (line, _) = sources.line_column(place);
                format!("{}:{line}", sources.file(place.file).path)
            })
            .collect()
    };
    assert_eq!(places(&["a"]), ["object.yaml:1"]);
    assert_eq!(places(&["b"]), ["object.yaml:2"]);
    assert_eq!(places(&["b", "c"]), ["merge.yaml:2"]);
    assert_eq!(places(&["b", "new"]), ["merge.yaml:3"]);
    assert_eq!(places(&["b", "new", "x"]), ["merge.yaml:3"]);
    assert_eq!(places(&["e"]), ["json.yaml:1"]);
    assert_eq!(places(&["f"]), ["object.yaml:3", "json.yaml:2"]);
}

/// Containers as a pod has them.
const CONTAINERS: &str = r#"{"containers":[
    {"name":"main","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}]},
    {"name":"side","image":"x"}]}"#;

#[test]
fn items_are_addressed_by_their_names() {
    for (patch, expected) in [
        (
            r#"[{"op":"replace","path":"/containers/main/env/B/value","value":"3"}]"#,
            json!([{"name":"main","env":[{"name":"A","value":"1"},{"name":"B","value":"3"}]},
                {"name":"side","image":"x"}]),
        ),
        (
            r#"[{"op":"remove","path":"/containers/main"}]"#,
            json!([{"name":"side","image":"x"}]),
        ),
        (
            r#"[{"op":"add","path":"/containers/main/env/C","value":{"name":"C","value":"3"}},
                {"op":"add","path":"/containers/side","value":{"name":"side"}}]"#,
            json!([{"name":"main","env":[{"name":"A","value":"1"},{"name":"B","value":"2"},
                {"name":"C","value":"3"}]}, {"name":"side"}]),
        ),
    ] {
        let found = patched(json_patch, CONTAINERS, patch);
        assert_eq!(found["containers"], expected, "{patch}");
    }
    for (patch, expected) in [
        (
            r#"{"containers":{"main":{"env":{"A":null,"B":{"value":"3"},"C":{"value":"4"}}}}}"#,
            json!([{"name":"main","env":[{"name":"B","value":"3"},{"name":"C","value":"4"}]},
                {"name":"side","image":"x"}]),
        ),
        (
            r#"{"containers":[{"name":"other"}]}"#,
            json!([{"name":"other"}]),
        ),
    ] {
        let found = patched(merge_patch, CONTAINERS, patch);
        assert_eq!(found["containers"], expected, "{patch}");
    }
}

#[test]
fn names_that_no_item_has_are_found() {
    let patch = r#"[{"op":"replace","path":"/containers/mian/env","value":[]}]"#;
    let found = faults(json_patch, CONTAINERS, patch);
    let words = "`/containers/mian/env` matches nothing: there is no item `mian` among 2; \
         there is a similar key `main`";
    assert_eq!(found[0].2, words);
    let added = r#"[{"op":"add","path":"/containers/third","value":{"name":"other"}}]"#;
    let found = faults(json_patch, CONTAINERS, added);
    assert!(found[0].2.contains("there is no item `third`"), "{found:?}");
    let found = faults(merge_patch, CONTAINERS, r#"{"containers":{"sid":null}}"#);
    let words = "the patch removes `sid`, which is not there; there is a similar key `side`";
    assert_eq!(found[0].2, words);
}
