//! The file of an application for Airflow, rendered by Jinja as Airflow does and read by `PyYAML`. `make
//! conformance` runs this; it needs a `python3` with Jinja and `PyYAML` (`PYTHON` names another), and fails
//! without them.

use std::{
    env,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use kiln::{compile, world::Disk};
use serde_json::{Value, json};

/// The case whose file is rendered.
const CASE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/cases/airflow-fills-in-expressions"
);

/// What Airflow may fill in: what would end a scalar, or begin something, for YAML or for Jinja.
const VALUES: [&str; 12] = [
    "2026-01-01",
    "",
    "a\"\n  deps: {jars: [\"http://example.com/x.jar\"]}\n  z: \"",
    "\\",
    "\" # comment",
    "'; & < > | %",
    "{{ ds }} {% raw %} {#",
    "a\r\nb\tc\u{7f}\u{0}\u{85}\u{2028}",
    "--- a: b",
    "ü – 漢",
    "true",
    "\u{feff}*x",
];

/// The arguments of the case with a value filled in.
fn arguments(it: &str) -> Vec<String> {
    vec![
        "--day".to_owned(),
        it.to_owned(),
        format!("s3a://b/{it}/x"),
        it.to_owned(),
        it.to_owned(),
        format!("it's \"so\" 100%{it}"),
        it.to_owned(),
        it.to_owned(),
        format!(
            "{{':}}': {}, 1: {{}}}}{{}}",
            if it.is_empty() { "True" } else { "False" }
        ),
        format!("x: {it}\ny \"q\" \\"),
        format!("a{it}b"),
        "${#array} {# no comment {%d".to_owned(),
        "{{ {% raw %} {% not".to_owned(),
        "(1, 2)".to_owned(),
        format!("a{{\n{{{it}"),
        "2026-01-01".to_owned(),
        format!("{it}{it}"),
        "é ü\nx".to_owned(),
        "{% raw %}".to_owned(),
        format!("{{% if x %}}{it}{{% endif %}}"),
        "{{".to_owned(),
        "a {{ ds".to_owned(),
    ]
}

/// What Python reads of a template that is rendered with each value, twice each.
fn render(template: &str) -> Vec<Value> {
    let python = env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut child = Command::new(python)
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/jinja/render.py"
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let input = json!({ "template": template, "values": VALUES }).to_string();
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(input.as_bytes())
        .expect("the script reads its input");
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "the template was refused");
    serde_json::from_slice(&output.stdout).expect("the answer is JSON")
}

#[test]
#[ignore = "needs Jinja and PyYAML; run by `make conformance`"]
fn whatever_is_filled_in_stays_in_its_argument() {
    let world = Disk::new(Path::new(CASE)).expect("the case lies there");
    let compilation = compile(&world, "test");
    let holder = compilation
        .graph
        .members
        .iter()
        .find(|it| it.object.identity().name == "spark-application-nightly");
    let holder = holder.expect("the application has a ConfigMap");
    let template = holder.object.node().str_at(["data", "nightly.yaml"]);
    let [application] = &compilation.graph.embedded[..] else {
        panic!("the case has one application");
    };
    let mut wanted = application.object.node().to_json();
    let read = render(template.expect("the ConfigMap holds the application"));
    assert_eq!(read.len(), 2 * VALUES.len());
    for (value, found) in VALUES.iter().zip(read.chunks(2)) {
        wanted["spec"]["arguments"] = arguments(value).into();
        for found in found {
            assert_eq!(*found, wanted, "{value:?}");
        }
    }
}
