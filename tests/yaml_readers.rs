//! The canonical YAML, read by the readers that users have: sigs.k8s.io/yaml, go.yaml.in/yaml/v3 and
//! `PyYAML`. `make conformance` runs this; it needs `go`, and a `python3` with `PyYAML` (`PYTHON` names
//! another), and fails without them.

use std::{
    collections::BTreeMap,
    env,
    io::Write,
    process::{Command, Stdio},
};

use kiln::{
    document::{Node, Origins, Value},
    render::yaml::to_yaml,
};
use serde::{Deserialize, de::DeserializeOwned};

/// What a reader made of one document.
#[derive(Debug, Deserialize)]
struct Reading {
    #[serde(default)]
    value: serde_json::Value,
    error: Option<String>,
}

/// Runs a reader that takes a JSON list of documents and answers with one reading for each.
fn run<T: DeserializeOwned>(command: &mut Command, documents: &[String]) -> Vec<T> {
    let mut child = command
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/yaml/go"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} cannot run: {error}"));
    let input = serde_json::to_vec(documents).expect("strings are JSON");
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(&input)
        .expect("the reader reads its input");
    let output = child.wait_with_output().expect("the reader ends");
    assert!(output.status.success(), "{command:?} failed");
    let readings: Vec<T> = serde_json::from_slice(&output.stdout).expect("the answer is JSON");
    assert_eq!(readings.len(), documents.len());
    readings
}

fn go(documents: &[String]) -> Vec<BTreeMap<String, Reading>> {
    run(Command::new("go").args(["run", "."]), documents)
}

fn python(documents: &[String]) -> Vec<Reading> {
    let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    run(Command::new(python).arg("../read.py"), documents)
}

fn tricky_strings() -> Vec<String> {
    serde_json::from_str(include_str!("yaml/tricky.json")).expect("the list is JSON")
}

fn list(items: impl IntoIterator<Item = Node>) -> Node {
    Node::new(Value::List(items.into_iter().collect()), Origins::none())
}

fn map(key: &str, value: impl Into<Node>) -> Node {
    let mut map = Node::map();
    map.insert(key, value);
    map
}

#[test]
#[ignore = "needs go and PyYAML; run by `make conformance`"]
fn every_reader_reads_what_was_written() {
    let mut wanted = Vec::new();
    for text in &tricky_strings() {
        wanted.push(map("k", text));
        wanted.push(map(text, "v"));
        wanted.push(list([text.into(), list([text.into()]), map(text, text)]));
        wanted.push(map("k", list([map("name", text), map("text", text)])));
        wanted.push(text.into());
    }
    // Numbers, which have to stay numbers of the same value.
    for number in [0.5, -0.001, 1e15, 123_456.789, 2.0, -0.0, 0.0001] {
        wanted.push(map("k", Value::Float(number)));
    }
    for number in [0, -1, i64::MAX, i64::MIN] {
        wanted.push(list([number.into()]));
    }

    let documents: Vec<String> = wanted
        .iter()
        .map(|node| to_yaml(node).expect("it can be written"))
        .collect();
    let mut misread = Vec::new();
    let mut compare = |reader: &str, at: usize, reading: &Reading| {
        if reading.error.is_some() || !same(&reading.value, &wanted[at].to_json()) {
            misread.push(format!("{reader}: {:?} became {reading:?}", documents[at]));
        }
    };
    for (at, readings) in go(&documents).iter().enumerate() {
        for (reader, reading) in readings {
            compare(reader, at, reading);
        }
    }
    for (at, reading) in python(&documents).iter().enumerate() {
        compare("PyYAML", at, reading);
    }
    assert!(misread.is_empty(), "{}", misread.join("\n"));
}

/// Equality of JSON in which `2` and `2.0` are one number, as they are for Kubernetes.
fn same(a: &serde_json::Value, b: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (a, b) {
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Json::Number(a), Json::Number(b)) if a.is_f64() || b.is_f64() => a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}
