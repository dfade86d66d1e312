//! What every object carries for the engines that may apply it: for all of them, so that one tree serves any.

use super::Facts;
use crate::{
    document::{Node, Origins, Value},
    engines,
    manifests::Manifests,
};

/// Annotates every object for the engines. What the spec lists in `destroy` loses its protection.
pub fn run(manifests: &mut Manifests, facts: &Facts<'_>) {
    for manifest in &mut manifests.objects {
        let object = &mut manifest.object;
        // A namespace takes everything in it along, a definition all its resources, a volume its data: no
        // engine may prune them because a line left a spec.
        let is_kept =
            object.holds_data() && !facts.destroy.contains(&object.identity().to_string());
        let variables = variables(object.node());
        for engine in engines::ALL {
            if let Some(wave) = engine.wave {
                object.annotate(wave, manifest.layer.wave().to_string());
            }
            if is_kept {
                let (key, value) = engine.keep;
                object.annotate(key, value);
            }
            if let (Some((key, value)), Some(origins)) = (engine.verbatim, &variables) {
                object.annotate(key, Node::new(value, origins.clone()));
            }
        }
    }
}

/// What made the variables of an object, where it has any; nothing where a constant has one.
fn variables(node: &Node) -> Option<Origins> {
    let mut found = Vec::new();
    collect_variables(node, &mut found);
    let is_constant = found.iter().any(|it| it.is_empty());
    let made = found.iter().filter(|_| !is_constant);
    let made = made.flat_map(|it| it.iter()).collect();
    (!found.is_empty()).then_some(made)
}

fn collect_variables<'a>(node: &'a Node, found: &mut Vec<&'a Origins>) {
    match &node.value {
        Value::String(text) if has_variable(text) => {
            let lines = text.lines().zip(&node.lines);
            found.extend(lines.filter(|(it, _)| has_variable(it)).map(|(_, it)| it));
            if node.lines.is_empty() {
                found.push(&node.origins);
            }
        }
        Value::List(items) => items.iter().for_each(|it| collect_variables(it, found)),
        Value::Map(map) => {
            for (key, inner) in map {
                if has_variable(key) {
                    found.push(&inner.origins);
                }
                collect_variables(inner, found);
            }
        }
        _ => {}
    }
}

/// Most texts lack the one character, which is found faster than the two.
fn has_variable(text: &str) -> bool {
    text.contains('$') && text.contains("${")
}
