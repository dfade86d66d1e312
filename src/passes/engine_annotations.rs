//! What every object carries for the engines that may apply it: for all of them, so that one tree serves any.

use super::Facts;
use crate::{
    document::{Node, Value},
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
        let is_verbatim = contains_variable(object.node());
        for engine in engines::ALL {
            if let Some(wave) = engine.wave {
                object.annotate(wave, manifest.layer.wave().to_string());
            }
            let keep = Some(engine.keep).filter(|_| is_kept);
            let verbatim = engine.verbatim.filter(|_| is_verbatim);
            for (key, value) in keep.into_iter().chain(verbatim) {
                object.annotate(key, value);
            }
        }
    }
}

fn contains_variable(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => has_variable(text),
        Value::List(items) => items.iter().any(contains_variable),
        Value::Map(map) => map
            .iter()
            .any(|(key, node)| has_variable(key) || contains_variable(node)),
        _ => false,
    }
}

/// Most texts lack the one character, which is found faster than the two.
fn has_variable(text: &str) -> bool {
    text.contains('$') && text.contains("${")
}
