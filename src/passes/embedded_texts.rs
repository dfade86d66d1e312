//! Documents inside of texts, written into the `ConfigMap`s that hold them.

use std::collections::HashMap;

use super::Facts;
use crate::manifests::Manifests;

/// Writes every document that stands in a text into its `ConfigMap`.
pub fn run(manifests: &mut Manifests, _: &Facts<'_>) {
    let objects = manifests.objects.iter().enumerate();
    let positions: HashMap<_, _> = objects
        .map(|(at, it)| (it.object.identity().clone(), at))
        .collect();
    for embedded in &manifests.embedded {
        let (text, faults) = embedded.text();
        manifests.diagnostics.append(faults);
        if let Some(at) = positions.get(&embedded.holder) {
            let holder = &mut manifests.objects[*at].object;
            holder.edit(|node| node.entry_at(&["data"]).insert(&embedded.key, text));
        }
    }
}
