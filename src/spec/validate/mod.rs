//! The schema's verdict on a spec, in our own words.

mod explain;
mod keys;
mod location;
mod values;

use self::explain::Explainer;
use super::{
    NameReference, NamedFiles, Schema, Source, Unread, accept::accepts, complete, variants,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes, did_you_mean, name_list},
    document::{Node, Origins, Value},
};

/// A fault of a spec.
#[derive(Clone, Debug)]
pub struct SpecFault {
    /// What to say.
    pub diagnostic: Diagnostic,
    /// The keys that lead to the value to blame.
    pub keys: Vec<String>,
}

/// What validation found.
#[derive(Debug)]
pub struct Validated {
    /// What is wrong.
    pub diagnostics: Diagnostics,
    /// The parts that have a fault.
    pub unread: Unread,
    /// The values that name entries of tables.
    pub references: Vec<NameReference>,
    /// The values that name files.
    pub files: Vec<NamedFiles>,
}

/// Checks a spec against the schema, fills in its defaults and resolves the names in it.
pub fn validate(source: &mut Source, schema: &Schema) -> Validated {
    variants::leave_inherited(
        &mut source.root,
        &schema.json,
        &schema.json,
        &source.sources,
    );
    let mut diagnostics = Diagnostics::default();
    let mut unread = Unread::default();
    for fault in faults(source, schema) {
        unread.insert(&fault.keys);
        diagnostics.push(fault.diagnostic);
    }
    let found = complete::complete(&mut source.root, &schema.json, &mut source.sources);
    for reference in &found.references {
        let Some(diagnostic) = unresolved(reference, &source.root) else {
            continue;
        };
        let are_read = are_names_read(&reference.table, &source.root, &unread);
        unread.insert(&reference.keys);
        if are_read {
            diagnostics.push(diagnostic);
        }
    }
    Validated {
        diagnostics,
        unread,
        references: found.references,
        files: found.files,
    }
}

/// What the schema says against a spec.
fn faults(source: &Source, schema: &Schema) -> Vec<SpecFault> {
    if accepts(&schema.json, &source.root) {
        debug_assert!(schema.validator().is_valid(&source.root.to_json()));
        return Vec::new();
    }
    let json = source.root.to_json();
    let errors: Vec<_> = schema.validator().iter_errors(&json).collect();
    let explainer = Explainer {
        source,
        schema: &schema.json,
    };
    let faults = explainer.explain_all(&errors);
    // A hole that a syntax error left, or a default's absence, is not a fault of a value.
    debug_assert!(!faults.is_empty() || source.broken, "{json:#}");
    faults
}

/// Whether the names that a table has could be read: otherwise none is wrong.
fn are_names_read(table: &str, root: &Node, unread: &Unread) -> bool {
    let mut keys = table.split('.');
    match root.at(keys.clone()).map(|it| &it.value) {
        Some(Value::Map(_) | Value::List(_)) => !unread.has_any_table(),
        _ => !unread.has_any(keys.next().unwrap_or_default()),
    }
}

fn unresolved(reference: &NameReference, root: &Node) -> Option<Diagnostic> {
    let NameReference {
        table,
        name,
        origins,
        ..
    } = reference;
    let entries = root.at(table.split('.'));
    let known: Vec<&str> = match entries.map(|entries| &entries.value) {
        Some(Value::Map(map)) => map.keys().map(String::as_str).collect(),
        Some(Value::List(items)) => items.iter().filter_map(Node::as_str).collect(),
        _ => Vec::new(),
    };
    if known.contains(&name.as_str()) {
        return None;
    }
    let diagnostic = unknown_name(table, name, &known, origins);
    Some(match entries {
        Some(entries) if matches!(entries.value, Value::List(_)) => {
            diagnostic.at_node(entries, "it would have to be one of these")
        }
        _ => diagnostic,
    })
}

/// The error of a name that a table of the spec does not have.
#[must_use]
pub fn unknown_name(table: &str, name: &str, known: &[&str], origins: &Origins) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        codes::UNKNOWN_NAME,
        format!("there is no `{name}` in `{table}`"),
    )
    .at_value(origins, "unknown name");
    match did_you_mean(name, known.iter().copied()) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None if known.is_empty() => {
            diagnostic.hint(format!("the spec has no `{table}` yet: add it there"))
        }
        None => diagnostic.hint(format!(
            "`{table}` has {}",
            name_list(known.iter().copied())
        )),
    }
}
