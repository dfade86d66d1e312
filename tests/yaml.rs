//! The canonical YAML: how it looks, and that it reads back unchanged. Raw manifests: what they mean,
//! and where.

use std::fmt::Write as _;

use kiln::{
    diagnostics::Diagnostics,
    document::{Map, Node, Origin, Origins, Place, Sources, Value},
    yaml::{self, to_yaml},
};

fn node(json: &serde_json::Value) -> Node {
    use serde_json::Value as Json;
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => number.as_i64().map_or_else(
            || Value::Float(number.as_f64().expect("a JSON number is a float")),
            Value::Integer,
        ),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(node).collect()),
        Json::Object(map) => Value::Map(
            map.iter()
                .map(|(key, value)| (key.clone(), node(value)))
                .collect(),
        ),
    };
    Node::new(value, Origins::none())
}

fn yaml(json: &serde_json::Value) -> String {
    to_yaml(&node(json)).expect("the value can be written")
}

fn tricky_strings() -> Vec<String> {
    serde_json::from_str(include_str!("yaml/tricky.json")).expect("the list is JSON")
}

#[test]
fn an_object_looks_as_people_write_it() {
    let object = serde_json::json!({
        "spec": {
            "template": {"spec": {"containers": [{
                "image": "registry.example.com/spark@sha256:00e1",
                "name": "connect",
                "args": ["--conf", "spark.ui.port=4040", "-c", ""],
                "env": [{"value": "yes", "name": "ENABLED"}, {"name": "PORT", "value": "15002"}],
                "resources": {"limits": {"memory": "2Gi", "cpu": "500m"}},
            }]}},
            "replicas": 1,
            "ratio": 0.5,
            "whole": 2.0,
            "matrix": [[1, 2], [], [{"a": null, "b": {}}]],
            "suspend": false,
        },
        "metadata": {"labels": {"on": "y"}, "namespace": "spark", "name": "connect"},
        "kind": "Deployment",
        "data": {"spark-defaults.conf": "# made\nspark.a true\n\n  spark.b  x\n", "empty": []},
        "apiVersion": "apps/v1",
    });
    let expected = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: connect
  namespace: spark
  labels:
    "on": "y"
data:
  empty: []
  spark-defaults.conf: |
    # made
    spark.a true

      spark.b  x
spec:
  matrix:
  - - 1
    - 2
  - []
  - - a: null
      b: {}
  ratio: 0.5
  replicas: 1
  suspend: false
  template:
    spec:
      containers:
      - name: connect
        args:
        - --conf
        - spark.ui.port=4040
        - "-c"
        - ""
        env:
        - name: ENABLED
          value: "yes"
        - name: PORT
          value: "15002"
        image: registry.example.com/spark@sha256:00e1
        resources:
          limits:
            cpu: 500m
            memory: 2Gi
  whole: 2.0
"#;
    assert_eq!(yaml(&object), expected);
}

#[test]
fn tricky_strings_read_back_unchanged() {
    for text in tricky_strings() {
        for shape in [
            serde_json::json!({ "k": text }),
            serde_json::json!([text, [text], {"k": [text]}]),
            serde_json::json!({ text.as_str(): "v" }),
            serde_json::json!(text),
        ] {
            let written = yaml(&shape);
            let read: serde_yaml::Value = serde_yaml::from_str(&written)
                .unwrap_or_else(|error| panic!("{text:?} became {written:?}: {error}"));
            let wanted = serde_yaml::to_value(&shape).expect("JSON is YAML");
            assert_eq!(read, wanted, "{text:?} became {written:?}");
        }
    }
}

#[test]
fn words_of_yaml_1_1_are_quoted() {
    for word in ["yes", "No", "oN", "off", "y", "N", "nUll", "inf", "NaN"] {
        assert_eq!(yaml(&serde_json::json!(word)), format!("\"{word}\"\n"));
    }
    for number in ["0777", "1_000", "12:30", "2001-01-01", "1e3", "0x1", "1.0"] {
        assert_eq!(yaml(&serde_json::json!(number)), format!("\"{number}\"\n"));
    }
}

#[test]
fn the_order_of_keys_does_not_depend_on_the_input() {
    let forward: serde_json::Value =
        serde_json::from_str(r#"{"b":1,"name":2,"a":3}"#).expect("it is JSON");
    let backward: serde_json::Value =
        serde_json::from_str(r#"{"a":3,"name":2,"b":1}"#).expect("it is JSON");
    assert_eq!(yaml(&forward), "name: 2\na: 3\nb: 1\n");
    assert_eq!(yaml(&forward), yaml(&backward));
}

#[test]
fn what_readers_would_misread_is_refused_at_its_place() {
    let mut sources = Sources::default();
    let file = sources.add_file("prod.toml", "x = 1e30");
    let origin = sources.add_origin(Origin::Manifest {
        key: None,
        value: Place { file, span: 4..8 },
    });
    let mut map = Map::new();
    for (key, number) in [("big", 1e30), ("small", 1e-9), ("nan", f64::NAN)] {
        map.insert(
            key.to_owned(),
            Node::new(Value::Float(number), origin.into()),
        );
    }
    map.insert("k".repeat(1001), Node::new("v", origin.into()));
    // Fewer bytes, but more as escapes.
    map.insert("\u{1}".repeat(200), Node::new("v", origin.into()));
    map.insert(
        "fine".to_owned(),
        Node::new(Value::Float(1e15), origin.into()),
    );

    let faults = to_yaml(&map.into()).expect_err("five entries cannot be written");
    assert_eq!(faults.iter().count(), 5);
    for fault in faults.iter() {
        let place = fault.labels[0].at.place(&sources).expect("it has a place");
        assert_eq!(sources.line_column(place), (1, 5), "{}", fault.title);
    }
}

/// Reads a text as a raw manifest.
fn manifest(text: &str) -> (Sources, Result<Vec<Node>, Diagnostics>) {
    let mut sources = Sources::default();
    let file = sources.add_file("extra.yaml", text);
    let documents = yaml::read(&mut sources, file);
    (sources, documents)
}

fn documents(text: &str) -> Vec<serde_json::Value> {
    let (_, documents) = manifest(text);
    let documents = documents.unwrap_or_else(|faults| panic!("{text:?}: {faults:?}"));
    documents.iter().map(Node::to_json).collect()
}

/// What is wrong with a text: line, column and title of each fault.
fn faults(text: &str) -> Vec<(usize, usize, String)> {
    let (sources, documents) = manifest(text);
    let mut faults = documents.expect_err("the text is refused");
    faults.sort(&sources);
    faults
        .iter()
        .map(|fault| {
            let place = fault.labels[0].at.place(&sources).expect("it has a place");
            let (line, column) = sources.line_column(place);
            (line, column, fault.title.clone())
        })
        .collect()
}

#[test]
fn a_manifest_has_many_documents_and_some_are_empty() {
    let text = "# comment\n---\na: 1\n---\n---\n- b\n...\n---\n# end\n";
    assert_eq!(
        documents(text),
        [serde_json::json!({"a": 1}), serde_json::json!(["b"])]
    );
    assert_eq!(documents(""), [] as [serde_json::Value; 0]);
}

#[test]
fn scalars_are_those_of_kubectl() {
    let text = "a: [yes, No, on, y, 0777, 0o7, 0x1F, 1_000, 1.0, 1.5, 1e3, 08, 2001-01-01, 12:30]\n\
                b: ['yes', \"0777\", !!str 1, !!int '1', ~, Null, null]\n\
                on: {1: x, 1.10: w, 1e6: z}\n";
    assert_eq!(
        documents(text),
        [serde_json::json!({
            "a": [true, false, true, true, 511, 7, 31, 1000, 1, 1.5, 1000, 8, "2001-01-01", "12:30"],
            "b": ["yes", "0777", "1", 1, null, null, null],
            "true": {"1": "x", "1.1": "w", "1e+06": "z"},
        })]
    );
}

#[test]
fn anchors_and_merges_are_expanded() {
    let text = "base: &base {a: 1, b: 2}\n\
                one:\n  <<: *base\n  b: 3\n\
                two: {<<: [{a: 0}, *base]}\n\
                '<<': kept\n";
    assert_eq!(
        documents(text),
        [serde_json::json!({
            "base": {"a": 1, "b": 2},
            "one": {"a": 1, "b": 3},
            "two": {"a": 0, "b": 2},
            "<<": "kept",
        })]
    );
}

#[test]
fn every_value_knows_its_place() {
    let text = "\u{feff}é: [ü, {k: 'v v'}]  # it's a comment\n\
                block:\n  a: 1\n  b:\n\n  # comment\nempty:\n  - x\n  - y\nalias: &a z\nuse: *a\n\
                quoted: 'it''s'  # it's a comment\n\
                double: \"a\\\"b\" # \"c\"\n\
                text: |\n  lines\n\n";
    let (sources, documents) = manifest(text);
    let document = &documents.expect("it is YAML")[0];
    let texts = |node: &Node| -> Vec<&str> {
        let places = node.origins.iter().filter_map(|id| sources.place(id));
        places.map(|place| &text[place.span.clone()]).collect()
    };
    let at = |path: &[&str]| texts(document.at(path.iter().copied()).expect("it is there"));
    assert_eq!(at(&["é"]), ["[ü, {k: 'v v'}]"]);
    let items = document.list_at(["é"]);
    assert_eq!(texts(&items[0]), ["ü"]);
    assert_eq!(texts(&items[1]), ["{k: 'v v'}"]);
    assert_eq!(texts(items[1].get("k").expect("it is there")), ["'v v'"]);
    assert_eq!(at(&["block"]), ["a: 1\n  b"]);
    // What is not there is shown by its key.
    assert_eq!(at(&["block", "b"]), ["b"]);
    assert_eq!(at(&["empty"]), ["- x\n  - y"]);
    assert_eq!(at(&["use"]), ["&a z", "*a"]);
    assert_eq!(at(&["quoted"]), ["'it''s'"]);
    assert_eq!(at(&["double"]), ["\"a\\\"b\""]);
    assert_eq!(at(&["text"]), ["lines"]);
}

#[test]
fn what_readers_disagree_on_is_refused_at_its_place() {
    for (text, line, column, title) in [
        ("a: 1\nb: 2\n'a': 3\n", 3, 1, "the key `a` is set twice"),
        ("1: x\n'1': y\n", 2, 1, "the key `1` is set twice"),
        (
            "a:\n  b: 1\n  <<: {b: 2}\n",
            3,
            7,
            "the merge sets `b` once more",
        ),
        (
            "<<: {a: 1}\n<<: {a: 2}\n",
            2,
            1,
            "the key `<<` is set twice",
        ),
        (
            "<<: [x]\n",
            1,
            5,
            "`<<` merges mappings, and this is a string",
        ),
        (
            "a: !secret x\n",
            1,
            4,
            "the tag `!secret` means nothing to Kubernetes",
        ),
        (
            "a: !!int x\n",
            1,
            4,
            "the tag `!!int` does not fit this value",
        ),
        ("a: .inf\n", 1, 4, "Kubernetes has no number `.inf`"),
        (
            "a: 18446744073709551615\n",
            1,
            4,
            "Kubernetes has no number `18446744073709551615`",
        ),
        ("~: x\n", 1, 1, "`~` is not a key"),
        ("[a]: x\n", 1, 1, "a list is not a key"),
        ("a:\n- b\n-\tc: d\n", 3, 1, "a tab indents this line"),
        ("\ta: b\n", 1, 1, "a tab indents this line"),
        (
            "a: \u{7}\n",
            1,
            4,
            "readers of YAML disagree on the character U+0007",
        ),
        (
            "# \u{2028}\n",
            1,
            3,
            "readers of YAML disagree on the character U+2028",
        ),
        (
            "[a:]\n",
            1,
            2,
            "readers of YAML disagree on a `:` before a bracket or comma",
        ),
        (
            "a: &a 1\n---\nb: *a\n",
            3,
            4,
            "the anchor belongs to another document or to a value around this one",
        ),
        (
            "a: &a [*a]\n",
            1,
            8,
            "the anchor belongs to another document or to a value around this one",
        ),
    ] {
        assert_eq!(faults(text), [(line, column, title.to_owned())], "{text:?}");
    }
    // Where it is not YAML at all, the words are the parser's.
    for (text, line) in [
        ("a: [b\n", 2),
        ("a: b: c\n", 1),
        ("a: 'x\n", 1),
        ("a: @b\n", 1),
    ] {
        let faults = faults(text);
        assert_eq!(faults.len(), 1, "{text:?}");
        assert!(faults[0].2.starts_with("this is not YAML: "), "{faults:?}");
        assert_eq!(faults[0].0, line, "{faults:?}");
    }
}

#[test]
fn all_faults_of_a_file_are_found_together() {
    let text = "a: 1\na: !x 2\nb: .nan\nc: [\n";
    let lines: Vec<_> = faults(text).iter().map(|fault| fault.0).collect();
    assert_eq!(lines, [2, 2, 3, 5]);
}

#[test]
fn a_small_text_does_not_become_a_large_document() {
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        let items = vec![before; 10].join(", ");
        writeln!(laughs, "a{level}: &a{level} [{items}]").expect("a String takes every write");
    }
    assert!(
        faults(&laughs)[0]
            .2
            .contains("aliases expand to more than 100000")
    );

    let texts = format!(
        "a: &a {}\nb: [{}]\n",
        "x".repeat(10_000),
        "*a, ".repeat(1_000)
    );
    assert!(
        faults(&texts)[0]
            .2
            .contains("aliases expand to more than 100000")
    );

    let mut deep = "a0: &a0 x\n".to_owned();
    for level in 1..9 {
        let (open, close) = ("[".repeat(100), "]".repeat(100));
        writeln!(deep, "a{level}: &a{level} {open}*a{}{close}", level - 1)
            .expect("a String takes every write");
    }
    assert!(faults(&deep)[0].2.contains("nested deeper"));

    let deep = format!("{}x", "- ".repeat(300));
    assert!(
        faults(&deep)[0].2.contains("nested deeper"),
        "{:?}",
        faults(&deep)
    );
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!faults(&deep).is_empty());
}

#[test]
fn canonical_yaml_is_a_manifest_of_the_same_value() {
    for text in tricky_strings() {
        let value = serde_json::json!({"k": [text, {text.as_str(): text}]});
        assert_eq!(documents(&yaml(&value)), [value]);
    }
}

/// go-yaml takes lines inside of brackets wherever they begin, and public charts rely on it.
#[test]
fn lines_inside_of_brackets_may_begin_anywhere() {
    let text = "a:\n  - b: [\n    \"x\",\n    w\n    ]\n    c: {\n    d: [1,\n  2\n    ]\n}\n";
    let [found] = &documents(text)[..] else {
        panic!("it is one document");
    };
    let expected = serde_json::json!({"a": [{"b": ["x", "w"], "c": {"d": [1, 2]}}]});
    assert_eq!(*found, expected);
    // A comment would swallow the line that is joined to it.
    assert_eq!(faults("a:\n  b: [ # why\n  c]\n").len(), 1);
}

/// The parser's errors have no kinds, so kiln knows these lines by what it says of them
/// (`crates/document/src/yaml/read/outdented.rs`).
#[test]
fn the_parser_words_the_indentation_of_a_line_as_kiln_knows_it() {
    for (text, wording) in [
        ("a:\n  b: [\n  c, d]\n", "invalid indentation"),
        (
            "a:\n  b: [c,\n  d]\n",
            "invalid indentation in flow construct",
        ),
    ] {
        let mut events = saphyr_parser::Parser::new_from_str(text);
        let error = events.find_map(Result::err);
        let error = error.unwrap_or_else(|| panic!("kiln need not know {text:?} any more"));
        assert_eq!(error.info(), wording, "{text:?}");
        let expected = serde_json::json!({"a": {"b": ["c", "d"]}});
        assert_eq!(documents(text), [expected], "{text:?}");
    }
}

#[test]
fn a_broken_document_does_not_hide_the_others() {
    let mut sources = Sources::default();
    let file = sources.add_file("x.yaml", "a: [\n---\nb: 1\n---\nc: 1\nc: 2\n---\nd: é\n");
    let documents = yaml::documents(&mut sources, file);
    let faults: Vec<_> = documents.iter().map(|it| it.faults.is_empty()).collect();
    assert_eq!(faults, [false, true, false, true]);
    assert_eq!(documents[3].node.str_at(["d"]), Some("é"));
}

#[test]
fn a_block_of_text_knows_its_lines() {
    let text = "a: |  # why\n\n  one\n\n  two\nb: x\n";
    let (sources, documents) = manifest(text);
    let documents = documents.expect("it is YAML");
    let block = documents[0].get("a").expect("it has the key");
    let places = block
        .lines
        .iter()
        .filter_map(|it| sources.place(it.first()?));
    let shown: Vec<_> = places.map(|it| &text[it.span.clone()]).collect();
    assert_eq!(shown, ["", "one", "", "two"]);
}
