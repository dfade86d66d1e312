//! Changes of single objects, as the patches of the spec say.
//!
//! A patch that matches nothing is an error: it would silently stop working when something is renamed.

use std::collections::BTreeMap;

use super::Facts;
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes, did_you_mean},
    document::{Map, Node},
    kubernetes::Identity,
    manifests::{Manifests, Patch},
    patch::{json_patch, merge_patch},
};

/// Applies the patches of the spec, in the order of their names.
pub fn run(manifests: &mut Manifests, _: &Facts<'_>) {
    let targets = targets(manifests);
    let mut known = None;
    for patch in std::mem::take(&mut manifests.patches) {
        let target = &patch.target.value;
        if patch.merge.is_none() && patch.operations.is_none() {
            manifests.unpatched.insert(target.clone());
            manifests.diagnostics.push(
                Diagnostic::error(codes::MISSING_KEY, "a patch needs `merge` or `operations`")
                    .at_key(&patch.origins, ""),
            );
            continue;
        }
        let faults = match targets.get(target) {
            Some(Target::Object(at)) => {
                let object = &mut manifests.objects[*at].object;
                let mut faults = Diagnostics::default();
                if !object.edit(|node| faults = change(node, &patch)) {
                    faults.push(changes_identity(&patch));
                }
                faults
            }
            Some(Target::Embedded(at)) => {
                let node = &mut manifests.embedded[*at].node;
                let before = Identity::of(node).ok();
                let mut faults = change(node, &patch);
                if Identity::of(node).ok() != before {
                    faults.push(changes_identity(&patch));
                }
                write_embedded(manifests, *at, &targets);
                faults
            }
            None => {
                let known = known.get_or_insert_with(|| {
                    let known = targets.keys().map(ToString::to_string);
                    known.collect::<Vec<_>>()
                });
                no_target(&patch, known, manifests)
            }
        };
        if !faults.is_empty() {
            manifests.unpatched.insert(target.clone());
            // The text that holds it is not as it is meant either.
            let holders = manifests.embedded.iter();
            let holders = holders.filter(|it| it.target == *target);
            let holders: Vec<_> = holders.map(|it| it.holder.clone()).collect();
            manifests.unpatched.extend(holders);
        }
        // In a spec of which a part could not be read or built, what a patch does not find may be there.
        if !manifests.lacks_objects {
            manifests.diagnostics.append(faults);
        }
    }
}

/// Where the target of a patch is: an object, or a document inside of a text.
#[derive(Clone, Copy)]
enum Target {
    Object(usize),
    Embedded(usize),
}

type Targets = BTreeMap<Identity, Target>;

/// What patches may change; the first of its name.
fn targets(manifests: &Manifests) -> Targets {
    let objects = manifests.objects.iter().enumerate();
    let objects = objects.map(|(at, it)| (it.object.identity().clone(), Target::Object(at)));
    let embedded = manifests.embedded.iter().enumerate();
    let embedded = embedded.map(|(at, it)| (it.target.clone(), Target::Embedded(at)));
    // Of two with one name a map keeps the last.
    let all: Vec<_> = objects.chain(embedded).collect();
    all.into_iter().rev().collect()
}

/// Says that a patch finds nothing. The object that it probably means is not as it is meant.
fn no_target(patch: &Patch, known: &[String], manifests: &mut Manifests) -> Diagnostics {
    let written = patch.target.value.to_string();
    let diagnostic = Diagnostic::error(codes::PATCH, format!("there is no {written} to patch"))
        .at_value(&patch.target.origins, "");
    let Some(meant) = did_you_mean(&written, known.iter().map(String::as_str)) else {
        return diagnostic.into();
    };
    manifests.unpatched.extend(meant.parse());
    diagnostic.hint(format!("did you mean `{meant}`?")).into()
}

fn changes_identity(patch: &Patch) -> Diagnostic {
    let title = "a patch may not change what identifies an object";
    Diagnostic::error(codes::PATCH, title).at_value(&patch.target.origins, "")
}

/// Changes a document, as far as the patch fits.
fn change(node: &mut Node, patch: &Patch) -> Diagnostics {
    each_metadata(node, add_annotations);
    let mut faults = Diagnostics::default();
    if let Some(operations) = &patch.operations
        && let Err(found) = json_patch(node, operations)
    {
        faults.append(found);
    }
    if let Some(merge) = &patch.merge
        && let Err(found) = merge_patch(node, merge)
    {
        faults.append(found);
    }
    each_metadata(node, remove_empty_annotations);
    faults
}

/// The metadata of an object and of its pods.
fn each_metadata(node: &mut Node, change: impl Fn(&mut Map)) {
    let Ok(identity) = Identity::of(node) else {
        return;
    };
    let template = identity.template_path();
    for path in [Some(&[][..]), template].into_iter().flatten() {
        let owner = path.iter().try_fold(&mut *node, |node, key| {
            node.as_map_mut().and_then(|map| map.get_mut(*key))
        });
        let metadata = owner.and_then(|it| it.as_map_mut()?.get_mut("metadata"));
        if let Some(metadata) = metadata.and_then(Node::as_map_mut) {
            change(metadata);
        }
    }
}

/// Gives an object and its pods annotations, still empty. Compiled ones have some, of the engines and for
/// checksums, and who looks there for the path of a patch may rely on them.
fn add_annotations(metadata: &mut Map) {
    metadata
        .entry("annotations".to_owned())
        .or_insert_with(Node::map);
}

/// Takes them away where the patch added none.
fn remove_empty_annotations(metadata: &mut Map) {
    let annotations = metadata.get("annotations").and_then(Node::as_map);
    if annotations.is_some_and(Map::is_empty) {
        metadata.remove("annotations");
    }
}

/// Writes a document that a patch changed into the text that holds it.
fn write_embedded(manifests: &mut Manifests, at: usize, targets: &Targets) {
    let embedded = &manifests.embedded[at];
    let Some(Target::Object(holder)) = targets.get(&embedded.holder) else {
        return;
    };
    let (text, faults) = embedded.text();
    let holder = &mut manifests.objects[*holder].object;
    holder.replace(&["data", &embedded.key], text);
    manifests.diagnostics.append(faults);
}
