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
    document::{Node, Origins, Sources, Value},
    yaml::{self, to_yaml},
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

/// How kiln reads a document as a raw manifest.
fn kiln(document: &str) -> Result<serde_json::Value, String> {
    let mut sources = Sources::default();
    let file = sources.add_file("manifest.yaml", document);
    match yaml::read(&mut sources, file) {
        // kubectl looks at the first document alone here; others never come.
        Ok(documents) => Ok(documents
            .first()
            .map_or(serde_json::Value::Null, Node::to_json)),
        Err(faults) => Err(faults.iter().map(|fault| fault.title.clone()).collect()),
    }
}

#[test]
#[ignore = "needs go; run by `make conformance`"]
fn raw_manifests_are_read_as_kubectl_reads_them() {
    let mut documents: Vec<String> =
        serde_json::from_str(include_str!("yaml/documents.json")).expect("the list is JSON");
    for text in &tricky_strings() {
        documents.push(format!("k: {text}\n"));
        documents.push(format!("- {text}\n"));
        documents.push(format!("{text}: v\n"));
        documents.push(format!("[{text}]\n"));
    }
    let (mut different, mut refused) = (Vec::new(), 0);
    for (document, readings) in documents.iter().zip(go(&documents)) {
        let kubectl = &readings["kubectl"];
        let alike = match (kiln(document), &kubectl.error) {
            (Ok(value), None) => same(&value, &kubectl.value),
            (Ok(_), Some(_)) => READ_BY_KILN_ALONE.contains(&document.as_str()),
            (Err(_), Some(_)) => true,
            (Err(fault), None) => {
                refused += 1;
                REFUSED_BY_KILN_ALONE.iter().any(|why| fault.contains(why))
            }
        };
        if !alike {
            different.push(format!("{document:?}: {:?}, {kubectl:?}", kiln(document)));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    // The strange documents of the list, and not what people write.
    assert!(refused * 10 < documents.len(), "{refused} are refused");
}

/// YAML 1.2 that go-yaml v2 does not know, and tabs on lines without a value: nothing that could be
/// meant in another way.
const READ_BY_KILN_ALONE: [&str; 18] = [
    "x: 'it''s'\ny: \"a\\tb\\u00e9\\x41\\/\"\n",
    "{\"a\": 1, \"b\": [true, null, 1.5e3], \"c\": {\"d\": \"\\/\"}}\n",
    "%YAML 1.2\n---\na: yes\n",
    "a: b\n\t\n",
    "a:\n  b: c\n\t# x\n",
    "&a: v\n",
    "[!!str]\n",
    "[?]\n",
    "[:key]\n",
    "[>]\n",
    "[>-]\n",
    "[::1]\n",
    "[|]\n",
    "[|-]\n",
    "[||]\n",
    "[|\n a]\n",
    "[::a]\n",
    "a: {? b : c}\n",
];

/// Why a document that kubectl reads is refused: readers disagree on it, or something would be lost.
const REFUSED_BY_KILN_ALONE: [&str; 8] = [
    "this is not YAML",
    "is set twice",
    "once more",
    "Kubernetes has no number",
    "means nothing to Kubernetes",
    "does not fit this value",
    "is not a key",
    "readers of YAML disagree",
];

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
