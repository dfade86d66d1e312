//! The canonical YAML: how it looks, and that it reads back unchanged.

use kiln::{
    document::{Map, Node, Origin, Origins, Place, Sources, Value},
    render::yaml::to_yaml,
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
