//! What the documentation allows compiles: specs that `support/specs` makes up, in which any two values of
//! any two keys are together, unless `rules.yaml` says why they cannot be.
//!
//! `conformance/walks.rs` shows the same ones to a real API server.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::specs::{Spec, Specs};
use kiln::{
    compile, compile_ordered, components,
    diagnostics::Text,
    document::{self, Node},
    files::files,
    spec::read,
};
use serde_json::Value;

#[test]
fn valid_specs_compile_always_alike() {
    let specs = Specs::new(0);
    let rows = &specs.covering.rows;
    let all: Vec<_> = (0..rows.len())
        .map(|it| specs.spec(&rows[it], it))
        .collect();
    let mut faults = BTreeMap::new();
    let mut objects = 0;
    for spec in &all {
        let compilation = compile(spec, &spec.environment);
        objects += compilation.graph.members.len();
        if compilation.diagnostics.has_errors() {
            let said =
                Text { colour: false }.render(&compilation.diagnostics, &compilation.sources);
            faults.insert(spec.environment.clone(), said);
            continue;
        }
        let again = compile_ordered(spec, &spec.environment, <[_]>::reverse);
        let digests = [&compilation, &again].map(|it| {
            let files = files(it).expect("every value can be written");
            (files.lock.digest(), files.delivery_lock.digest())
        });
        assert_eq!(digests[0], digests[1], "{}", spec.environment);
    }
    println!(
        "{} specs of {} factors, {} pairs ({} excluded by the rules), {objects} objects",
        all.len(),
        specs.factors(),
        specs.covering.covered,
        specs.covering.excluded
    );
    let said: Vec<_> = faults.values().cloned().collect();
    assert!(
        faults.is_empty(),
        "{} specs have faults:\n{}",
        faults.len(),
        said.join("\n")
    );

    assert_eq!(
        unused_keys(&all),
        BTreeSet::new(),
        "keys of the schema that no spec has"
    );
    let same = Specs::new(0);
    assert_eq!(same.covering.rows, *rows, "the same specs at every run");
}

#[test]
fn a_step_from_a_valid_spec_leads_to_another() {
    let mut specs = Specs::new(0);
    let begin = specs.covering.rows[0].clone();
    for _ in 0..20 {
        let end = specs.neighbour(&begin);
        let [from, to] = [&begin, &end].map(|row| specs.spec(row, 0));
        let step = from.difference(&to);
        let compilation = compile(&to, &to.environment);
        let said = Text { colour: false }.render(&compilation.diagnostics, &compilation.sources);
        assert!(
            !step.is_empty() && !compilation.diagnostics.has_errors(),
            "{step}: {said}"
        );
    }
}

/// The keys of the schema that no spec has, with `*` for the names of entries.
fn unused_keys(specs: &[Spec]) -> BTreeSet<String> {
    let mut unused = BTreeSet::new();
    let roots: Vec<_> = specs
        .iter()
        .map(|it| read(it, &it.environment).0.root)
        .collect();
    let values: Vec<_> = roots.iter().collect();
    visit("", &components::schema().json, &values, &mut unused);
    unused
}

fn visit(path: &str, schema: &Value, values: &[&Node], unused: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let definition = &components::schema()
            .json
            .pointer(reference.trim_start_matches('#'));
        return visit(path, definition.expect("a definition"), values, unused);
    }
    for choice in ["allOf", "anyOf"] {
        for schema in schema[choice].as_array().into_iter().flatten() {
            visit(path, schema, values, unused);
        }
    }
    for (key, of_key) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{key}");
        let found: Vec<_> = values.iter().filter_map(|it| it.get(key)).collect();
        // Reading a spec uses up what says how files go together.
        let is_read = ["extends", "remove"].contains(&key.as_str());
        if found.is_empty() && !is_read {
            unused.insert(path.clone());
        }
        visit(&path, of_key, &found, unused);
    }
    if let Some(entries) = schema
        .get("additionalProperties")
        .filter(|it| it.is_object())
    {
        let members = values.iter().filter_map(|it| match &it.value {
            document::Value::Map(map) => Some(map),
            _ => None,
        });
        let found: Vec<_> = members.flat_map(|it| it.values()).collect();
        visit(&format!("{path}/*"), entries, &found, unused);
    }
}
