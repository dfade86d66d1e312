//! Compares kiln's verdict on objects with that of a real API server.
//!
//! `make conformance` runs these; they fail when no API server can be started.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use kiln::{
    diagnostics::{Diagnostics, Severity},
    document::{Map, Node, Value},
    kubernetes::{Coverage, Object, validate},
};

use crate::{
    kubernetes::documents,
    kubernetes::names,
    kubernetes::quantities,
    support::control_plane::{ControlPlane, text},
};

const APPLY: [&str; 5] = [
    "apply",
    "--server-side",
    "--validate=strict",
    "--dry-run=server",
    "--filename",
];

/// What the server requires only because of something else in the object.
const DEPENDS: [&str; 21] = [
    "[storage]: Required value",
    "dnsPolicy` is None",
    "items: Required value: must be specified",
    "matchExpressions",
    "must be less than or equal to",
    "must not be empty at the root",
    "must not be empty for specified",
    "must populate information",
    "must set either a target raw value",
    "must specify a handler type",
    "must specify a peer",
    "must specify a positive target",
    "must specify a volume type",
    "one of fieldRef and resourceFieldRef is required",
    "one of url or service is required",
    "port name or number is required",
    "persistentVolumeClaim.claimName: Required value",
    "resource rules must supply",
    "restartPolicy: Required value: valid values",
    "spec.ports[",
    "supported values: \"storage\"",
];

/// What the server refuses for the value and not for its type.
const OF_VALUE: [&str; 11] = [
    "`selector` does not match template `labels`",
    "].default: Invalid value",
    "Duplicate value",
    "conflicting duplicate paths",
    "duplicate version",
    "may not specify more than two policyTypes",
    "must contain unique version names",
    "a valid percent string",
    "may not be specified when `port` is non-numeric",
    "must be less than or equal to",
    "only divisor's values",
];

/// What is wrong with a valid object, and the object.
struct Case {
    what: String,
    fault: Fault,
    object: Node,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// Nothing.
    None,
    /// An unknown field, a value of the wrong type or a repeated item: both verdicts must be the
    /// same.
    Structure,
    /// A field is missing: the server may miss it for reasons that are no matter of structure.
    Missing,
}

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn verdicts_on_objects_are_those_of_the_server() {
    let plane = ControlPlane::start();
    let mut cases = Vec::new();
    for object in documents(include_str!("valid.yaml")) {
        let kind = object.str_at(["kind"]).expect("a kind").to_owned();
        let inside = break_in_every_place(&object);
        cases.push(Case {
            what: kind.clone(),
            fault: Fault::None,
            object,
        });
        cases.extend(inside.into_iter().map(|case| Case {
            what: format!("{kind}: {}", case.what),
            ..case
        }));
    }
    let objects: Vec<_> = cases.iter().map(|case| case.object.clone()).collect();
    let refusals = refusals(&plane, objects);

    let mut disagreements = Vec::new();
    for (case, refusal) in cases.iter().zip(&refusals) {
        let errors = errors(&case.object);
        let agree = match (case.fault, errors.is_empty(), refusal) {
            (_, true, None) | (Fault::Structure | Fault::Missing, false, Some(_)) => true,
            (Fault::Missing, true, Some(why)) => {
                !why.contains("Required value") || DEPENDS.iter().any(|it| why.contains(it))
            }
            // The server drops these in silence.
            (Fault::Structure, false, None) => ["additionalProperties", "items"]
                .iter()
                .any(|it| case.what.ends_with(&format!("{it} has an unknown field"))),
            (Fault::Structure, true, Some(why)) => OF_VALUE.iter().any(|it| why.contains(it)),
            _ => false,
        };
        if !agree {
            disagreements.push(format!(
                "{}\n  kiln: {errors:?}\n  server: {refusal:?}",
                case.what
            ));
        }
    }
    println!(
        "{} objects, {} of them refused",
        cases.len(),
        refusals.iter().flatten().count()
    );
    assert!(
        disagreements.is_empty(),
        "{} disagreements:\n{}",
        disagreements.len(),
        disagreements.join("\n")
    );
}

/// The errors that kiln finds in an object.
fn errors(node: &Node) -> Vec<String> {
    let object = Object::new(node.clone()).expect("the cases are objects");
    let mut diagnostics = Diagnostics::default();
    let coverage = validate(&object, &mut diagnostics);
    assert_eq!(coverage, Coverage::Known, "{}", object.identity());
    let errors = diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error);
    errors.map(|it| it.title.clone()).collect()
}

/// What the server has against each object.
fn refusals(plane: &ControlPlane, objects: Vec<Node>) -> Vec<Option<String>> {
    let mut named = BTreeMap::new();
    // A file each, because kubectl stops at the first object of a file that it cannot read.
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (number, mut object) in objects.into_iter().enumerate() {
        let name = rename(&mut object, number);
        let file = folder.path().join(format!("{name}.json"));
        fs::write(file, object.to_json().to_string()).expect("a file in the temporary folder");
        named.insert(name, number);
    }
    let path = folder.path().to_str().expect("the path is text");
    let output = plane.kubectl(&[&APPLY[..], &[path]].concat(), "");
    let mut refusals = vec![Some(String::new()); named.len()];
    // Such as `deployment.apps/n7 serverside-applied (server dry run)`.
    for line in text(&output.stdout).lines() {
        let name = line.split(['/', ' ']).nth(1).expect("a name");
        refusals[named[name]] = None;
    }
    // A message begins at a line of its own and names its object.
    let errors = text(&output.stderr);
    for message in errors
        .split("\nError from server")
        .flat_map(|it| it.split("\nThe "))
    {
        for word in message.split(|it: char| !it.is_ascii_alphanumeric() && it != '.') {
            if let Some(Some(refusal)) = named.get(word).map(|number| &mut refusals[*number]) {
                message.clone_into(refusal);
            }
        }
    }
    refusals
}

/// Gives an object a name that no other has.
fn rename(object: &mut Node, number: usize) -> String {
    let is_definition = object.str_at(["kind"]) == Some("CustomResourceDefinition");
    let name = if is_definition {
        format!("widgets{number}.example.com")
    } else {
        format!("n{number}")
    };
    if let Some(plural) = object
        .at(["spec", "names", "plural"])
        .and_then(Node::as_str)
        && is_definition
        && plural == "widgets"
    {
        let plural = at_mut(
            object,
            &[Step::Key("spec"), Step::Key("names"), Step::Key("plural")],
        );
        *plural = format!("widgets{number}").into();
    }
    *at_mut(object, &[Step::Key("metadata"), Step::Key("name")]) = name.clone().into();
    name
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn at_mut<'a>(node: &'a mut Node, steps: &[Step]) -> &'a mut Node {
    steps
        .iter()
        .fold(node, |node, step| match (&mut node.value, step) {
            (Value::Map(map), Step::Key(key)) => map.get_mut(*key).expect("the key is there"),
            (Value::List(items), Step::Index(index)) => &mut items[*index],
            _ => panic!("the steps lead through the object"),
        })
}

/// Every place of an object, and what stands there.
fn places<'a>(node: &'a Node, steps: &[Step<'a>], all: &mut Vec<(Vec<Step<'a>>, &'a Node)>) {
    all.push((steps.to_vec(), node));
    let keys = node.entries().map(|(key, node)| (Step::Key(key), node));
    let items = node.items().iter().enumerate();
    for (step, node) in keys.chain(items.map(|(index, node)| (Step::Index(index), node))) {
        places(node, &[steps, &[step]].concat(), all);
    }
}

/// Breaks a valid object once in every way at every place.
fn break_in_every_place(object: &Node) -> Vec<Case> {
    let mut all = Vec::new();
    places(object, &[], &mut all);
    let mut cases = Vec::new();
    for (steps, node) in all {
        let place: String = steps
            .iter()
            .map(|step| match step {
                Step::Key(key) => format!(".{key}"),
                Step::Index(index) => format!("[{index}]"),
            })
            .collect();
        let mut broken = |what: &str, fault, change: &dyn Fn(&mut Node)| {
            let mut object = object.clone();
            change(at_mut(&mut object, &steps));
            let what = format!("{place} {what}");
            cases.push(Case {
                what,
                fault,
                object,
            });
        };
        if !identifies(&place) {
            for wrong in wrong_values(&node.value) {
                broken(&format!("is {wrong:?}"), Fault::Structure, &|node| {
                    node.value = wrong.clone();
                });
            }
            // kiln refuses a null item of any list; the server takes some for an empty text.
            if !matches!(steps.last(), Some(Step::Index(_))) {
                broken("is null", Fault::Missing, &|node| node.value = Value::Null);
            }
        }
        if node.as_map().is_some() {
            broken("has an unknown field", Fault::Structure, &|node| {
                node.insert("bogusField", "eA0x");
            });
        }
        if let [first, ..] = node.items() {
            broken("repeats an item", Fault::Structure, &|node| {
                if let Value::List(items) = &mut node.value {
                    items.push(first.clone());
                }
            });
        }
        for (key, _) in node
            .entries()
            .filter(|(key, _)| !identifies(&format!("{place}.{key}")))
        {
            broken(&format!("lacks {key}"), Fault::Missing, &|node| {
                node.as_map_mut().expect("it has entries").remove(key);
            });
        }
    }
    cases
}

/// Whether there is no object to compare without what stands at a place.
fn identifies(place: &str) -> bool {
    let places = [
        "",
        ".apiVersion",
        ".kind",
        ".metadata",
        ".metadata.name",
        ".metadata.namespace",
    ];
    places.contains(&place)
}

/// Values of other types than a value has.
fn wrong_values(value: &Value) -> Vec<Value> {
    let list = || Value::List(Vec::new());
    let map = || Value::Map(Map::new());
    match value {
        Value::String(_) => vec![Value::Integer(7), Value::Bool(true), list(), map()],
        Value::Integer(_) => vec!["seven".into(), Value::Float(1.5), Value::Bool(true), list()],
        Value::Float(_) => vec!["seven".into(), Value::Bool(true), list()],
        Value::Bool(_) => vec!["true".into(), Value::Integer(1), map()],
        Value::List(_) => vec!["text".into(), Value::Integer(7), map()],
        Value::Map(_) => vec!["text".into(), Value::Integer(7), list()],
        Value::Null => vec![],
    }
}

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn names_and_quantities_are_those_of_the_server() {
    let plane = ControlPlane::start();
    let valid = documents(include_str!("valid.yaml"));
    for (group, kind, name, is_taken) in names::object_names() {
        let is_kind = |node: &&Node| {
            let object = Object::new((*node).clone()).expect("the cases are objects");
            (
                object.identity().group.as_str(),
                object.identity().kind.as_str(),
            ) == (group, kind)
        };
        let mut object = valid
            .iter()
            .find(is_kind)
            .expect("an object of each kind")
            .clone();
        *at_mut(&mut object, &[Step::Key("metadata"), Step::Key("name")]) = name.as_str().into();
        let output = plane.kubectl(
            &[&APPLY[..], &["-"]].concat(),
            &object.to_json().to_string(),
        );
        let verdict = output.status.success();
        assert_eq!(verdict, is_taken, "{kind} {name}: {}", text(&output.stderr));
    }
    for (written, canonical, _) in quantities::CANONICAL {
        // The server keeps the text of what needs no arithmetic.
        if written.starts_with('+') || written.ends_with('.') {
            continue;
        }
        let volume = format!(
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: a}}\nspec: {{capacity: \
             {{storage: '{written}'}}, accessModes: [ReadWriteOnce], hostPath: {{path: /a}}}}"
        );
        let path = "jsonpath={.spec.capacity.storage}";
        let output = plane.kubectl(
            &["create", "--dry-run=server", "-o", path, "-f", "-"],
            &volume,
        );
        assert_eq!(
            text(&output.stdout),
            *canonical,
            "{written}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
#[ignore = "needs a control plane; run by make conformance"]
fn our_definitions_take_what_the_operators_own_take() {
    let plane = ControlPlane::start();
    let valid = documents(include_str!("custom-resources.yaml"));
    let cases: Vec<_> = valid.iter().flat_map(break_in_every_place).collect();
    let broken: Vec<_> = cases.iter().map(|case| case.object.clone()).collect();

    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/components/operator/definitions");
    install(&plane, &ours, &["apply"]);
    let none = refusals(&plane, valid.clone());
    assert!(none.iter().all(Option::is_none), "ours: {none:#?}");
    let under_ours = refusals(&plane, broken.clone());

    let removed = plane.kubectl(&["delete", "customresourcedefinitions", "--all"], "");
    assert!(removed.status.success(), "{}", text(&removed.stderr));

    let theirs = std::env::var_os("SPARK_OPERATOR_DEFINITIONS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/crds"),
        PathBuf::from,
    );
    install(&plane, &theirs, &["apply", "--server-side"]);
    let none = refusals(&plane, valid);
    assert!(none.iter().all(Option::is_none), "theirs: {none:#?}");
    let under_theirs = refusals(&plane, broken);

    let mut disagreements = Vec::new();
    for ((case, ours), theirs) in cases.iter().zip(under_ours).zip(under_theirs) {
        let errors = errors(&case.object);
        // The server leaves templates open, but the operator drops what it does not know there;
        // and it takes null for what has a default.
        let is_lenient = [".driver.template", ".server.template", ".executor.template"]
            .iter()
            .any(|it| case.what.contains(&format!(".spec{it}")))
            || [
                "Ref.name is null",
                "configMap.name is null",
                "protocol is null",
            ]
            .iter()
            .any(|it| case.what.ends_with(it));
        let is_stricter = is_lenient && theirs.is_none();
        let kiln_agrees = errors.is_empty() == theirs.is_none() || is_stricter;
        // Ours are open, so they may miss a fault, but never see one that is none; and what an
        // application cannot be without is required in both.
        let is_required = [".spec lacks", ".spec.template lacks", " lacks spec"]
            .iter()
            .any(|it| case.what.starts_with(it));
        let definition_agrees = if is_required {
            ours.is_none() == theirs.is_none()
        } else {
            ours.is_none() || theirs.is_some()
        };
        if !kiln_agrees || !definition_agrees {
            let kind = case.object.str_at(["kind"]).unwrap_or_default();
            disagreements.push(format!(
                "{kind}: {}\n  kiln: {errors:?}\n  ours: {ours:?}\n  theirs: {theirs:?}",
                case.what
            ));
        }
    }
    println!("{} resources", cases.len());
    let count = disagreements.len();
    assert!(
        count == 0,
        "{count} disagreements:\n{}",
        disagreements.join("\n")
    );
}

/// Installs the definitions of a folder and waits until the server knows them.
fn install(plane: &ControlPlane, folder: &Path, apply: &[&str]) {
    let folder = folder.to_str().expect("the path is text");
    plane.run(&[apply, &["--filename", folder]].concat(), "");
    plane.wait_for_definitions();
}
