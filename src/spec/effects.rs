//! Settings that leave no trace: written in the spec, and nothing that is compiled depends on them.
//!
//! Every value of the output knows what made it, so what made nothing is found without a list of the
//! keys that exclude each other. Keys that only choose, or that only tell checks a fact, say so in the
//! schema.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{
    Schema, Source,
    complete::{REFERENCE, resolve},
    variants::chosen,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes},
    document::{Node, Origin, OriginId, Origins, Sources},
};

/// The keyword by which the schema says that a key, or everything below it, needs no trace in the output:
/// it chooses what is made (`kind`, `trigger`), or tells the checks a fact (`python`). The names of other
/// tables' entries need none either.
const FACT: &str = "x-kiln-fact";

/// Says which settings of the environment's own file had no effect. `used` is what made the output.
///
/// A file that others extend may hold settings that only one of them uses.
#[must_use]
pub fn without_effect(source: &Source, schema: &Schema, used: &BTreeSet<OriginId>) -> Diagnostics {
    let walk = Walk {
        schema: &schema.json,
        sources: &source.sources,
        file: format!("{}/{}.toml", super::SPEC_FOLDER, source.environment),
        used,
    };
    let mut found = Diagnostics::default();
    found.extend(walk.table(&source.root, &schema.json).diagnostics);
    found
}

/// Every origin of a document, those of the lines of its texts among them.
pub fn collect_origins(node: &Node, used: &mut BTreeSet<OriginId>) {
    used.extend(node.origins.iter());
    used.extend(node.lines.iter().flat_map(Origins::iter));
    for child in node.items() {
        collect_origins(child, used);
    }
    for (_, child) in node.entries() {
        collect_origins(child, used);
    }
}

struct Walk<'a> {
    schema: &'a Json,
    sources: &'a Sources,
    file: String,
    used: &'a BTreeSet<OriginId>,
}

/// What a table says without effect.
#[derive(Default)]
struct Unused {
    diagnostics: Vec<Diagnostic>,
    /// Whether it says anything else.
    is_mixed: bool,
}

impl Walk<'_> {
    fn table(&self, table: &Node, schema: &Json) -> Unused {
        let schema = resolve(self.schema, schema, table);
        let required = schema.get("required").and_then(Json::as_array);
        let variants = chosen(schema, table);
        let is_required = |key: &str| {
            required.is_some_and(|it| it.iter().any(|it| it == key))
                || variants.iter().any(|it| it.demands(key))
        };
        let mut unused = Unused::default();
        for (key, node) in table.entries() {
            let property = schema
                .get("properties")
                .and_then(|it| it.get(key))
                .or_else(|| schema.get("additionalProperties"));
            let Some(property) = property.filter(|it| !self.is_fact(it, node)) else {
                unused.is_mixed = true;
                continue;
            };
            if node.as_map().is_some() && node.entries().next().is_some() {
                let inner = self.table(node, property);
                unused.is_mixed |= inner.is_mixed;
                if inner.is_mixed || inner.diagnostics.len() < 2 {
                    unused.diagnostics.extend(inner.diagnostics);
                } else {
                    unused.diagnostics.push(self.report(key, node, property));
                }
            // Whether a value is there that must be is nobody's choice.
            } else if is_required(key)
                || !self.is_own(node)
                || self.is_used(node)
                || self.is_default(node, property)
            {
                unused.is_mixed = true;
            } else {
                unused.diagnostics.push(self.report(key, node, property));
            }
        }
        unused
    }

    /// Whether a value needs no trace: a fact, a choice, or the name of another table's entry.
    fn is_fact(&self, property: &Json, node: &Node) -> bool {
        let own = resolve(self.schema, property, node);
        [property, own]
            .iter()
            .any(|it| it.get(FACT).is_some() || it.get(REFERENCE).is_some())
    }

    /// Whether somebody only wrote down what would be there anyway.
    fn is_default(&self, node: &Node, property: &Json) -> bool {
        let own = resolve(self.schema, property, node);
        let default = property.get("default").or_else(|| own.get("default"));
        default == Some(&node.to_json())
    }

    /// Whether the environment's own file writes the value.
    fn is_own(&self, node: &Node) -> bool {
        node.origins.iter().any(|it| match self.sources.origin(it) {
            Origin::Spec { value, .. } => self.sources.file(value.file).path == self.file,
            _ => false,
        })
    }

    fn is_used(&self, node: &Node) -> bool {
        node.origins.iter().any(|it| self.used.contains(&it))
            || node.items().iter().any(|it| self.is_used(it))
            || node.entries().any(|(_, it)| self.is_used(it))
    }

    fn report(&self, key: &str, node: &Node, property: &Json) -> Diagnostic {
        let own = resolve(self.schema, property, node);
        let title = format!("`{key}` has no effect: nothing that is compiled depends on it");
        let mut diagnostic = Diagnostic::warning(codes::NO_EFFECT, title).at_key(&node.origins, "");
        let described = property
            .get("description")
            .or_else(|| own.get("description"));
        if let Some(what) = described.and_then(Json::as_str) {
            let first = what.split("\n\n").next().unwrap_or_default();
            diagnostic = diagnostic.note(format!("what it is for: {}", first.replace('\n', " ")));
        }
        diagnostic.hint("remove it, or set the key that it belongs to")
    }
}
