//! `[patches.NAME]`: changes of single objects, for what no key of the spec offers.
//!
//! A patch that matches nothing is an error: it would silently stop working when something is renamed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Offers, Parts, Shape, build::Patch};
use crate::{
    diagnostics::{Diagnostic, codes, did_you_mean},
    document::{
        Map, Node, Sourced,
        patch::{json_patch, merge_patch},
    },
    kubernetes::Identity,
};

/// A change of one object.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("x-kiln-fact" = true))]
pub struct Settings {
    /// The object: `Kind/namespace/name`, or `Kind/name` for one without a namespace. Also what stands in
    /// a text: an application that Airflow applies, as `SparkApplication/NAMESPACE/NAME`, and the template
    /// of executors, as `Pod/NAMESPACE/spark-connect-NAME-executors` or
    /// `Pod/NAMESPACE/spark-notebook-executors`.
    target: Sourced<Identity>,
    /// A merge patch (RFC 7386): what is stated replaces what is there, table by table.
    merge: Option<Node>,
    /// A JSON patch (RFC 6902): a list of operations, each with `op`, `path` and mostly `value`.
    /// Together they may copy and move 100,000 values.
    operations: Option<Node>,
}

/// The component.
pub struct Patches;

impl Component for Patches {
    type Settings = Settings;
    const TABLE: &'static str = "patches";
    const SHAPE: Shape = Shape::Keyed;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str = "Changes of single objects, for what no key of the spec offers.";

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        out.parts.patches.push(Patch {
            target: settings.target.clone(),
            merge: settings.merge.clone(),
            operations: settings.operations.clone(),
            because: entry.origins.clone(),
        });
    }
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

/// Changes the objects, in the order of the patches' names.
///
/// In a spec of which a part could not be read or built, what a patch does not find may be there.
pub fn apply(parts: &mut Parts) {
    let is_whole = !parts.lacks_objects;
    let positions = positions(parts);
    let mut known = None;
    for patch in std::mem::take(&mut parts.patches) {
        if patch.merge.is_none() && patch.operations.is_none() {
            parts.unpatched.insert(patch.target.value.clone());
            parts.diagnostics.push(
                Diagnostic::error(codes::MISSING_KEY, "a patch needs `merge` or `operations`")
                    .at_key(&patch.because, ""),
            );
            continue;
        }
        let found = match positions.get(&patch.target.value) {
            Some(At::Object(at)) => Some(&mut parts.objects[*at].node),
            Some(At::Embedded(at)) => Some(&mut parts.embedded[*at].node),
            None => None,
        };
        let Some(node) = found else {
            parts.unpatched.insert(patch.target.value.clone());
            if !is_whole {
                continue;
            }
            let known = known.get_or_insert_with(|| {
                let known = positions.keys().map(ToString::to_string);
                known.collect::<Vec<_>>()
            });
            let diagnostic = Diagnostic::error(
                codes::PATCH,
                format!("there is no {} to patch", patch.target.value),
            )
            .at_value(&patch.target.origins, "");
            let meant = did_you_mean(
                &patch.target.value.to_string(),
                known.iter().map(String::as_str),
            )
            .map(str::to_owned);
            parts
                .unpatched
                .extend(meant.as_deref().and_then(|it| it.parse().ok()));
            parts.diagnostics.push(match meant {
                Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
                None => diagnostic,
            });
            continue;
        };
        let before = Identity::of(node).ok();
        each_metadata(node, add_annotations);
        let mut errors = crate::diagnostics::Diagnostics::default();
        if let Some(operations) = &patch.operations
            && let Err(found) = json_patch(node, operations)
        {
            errors.append(found);
        }
        if let Some(merge) = &patch.merge
            && let Err(found) = merge_patch(node, merge)
        {
            errors.append(found);
        }
        each_metadata(node, remove_empty_annotations);
        if Identity::of(node).ok() != before {
            errors.push(
                Diagnostic::error(
                    codes::PATCH,
                    "a patch may not change what identifies an object",
                )
                .at_value(&patch.target.origins, ""),
            );
        }
        if !errors.is_empty() {
            parts.unpatched.insert(patch.target.value.clone());
            // The text that holds it is not as it is meant either.
            let holders = parts.embedded.iter();
            let holders = holders.filter(|it| it.target == patch.target.value);
            parts.unpatched.extend(holders.map(|it| it.holder.clone()));
        }
        if is_whole {
            parts.diagnostics.append(errors);
        }
        if let Some(At::Embedded(at)) = positions.get(&patch.target.value) {
            write_embedded(parts, *at, &positions);
        }
    }
}

/// Where what a patch may change is: an object, or a document inside of a text.
enum At {
    Object(usize),
    Embedded(usize),
}

/// What patches may change; the first of its name.
fn positions(parts: &Parts) -> BTreeMap<Identity, At> {
    let objects = parts.objects.iter().enumerate();
    let objects =
        objects.filter_map(|(at, made)| Some((Identity::of(&made.node).ok()?, At::Object(at))));
    let embedded = parts.embedded.iter().enumerate();
    let embedded = embedded.map(|(at, it)| (it.target.clone(), At::Embedded(at)));
    // Of two with one name a map keeps the last.
    let all: Vec<_> = objects.chain(embedded).collect();
    all.into_iter().rev().collect()
}

/// Writes a document that a patch changed into the text that holds it.
fn write_embedded(parts: &mut Parts, at: usize, positions: &BTreeMap<Identity, At>) {
    let embedded = &parts.embedded[at];
    let Some(At::Object(holder)) = positions.get(&embedded.holder) else {
        return;
    };
    let holder = parts.objects[*holder].node.as_map_mut();
    if let Some(data) = holder.and_then(|it| it.get_mut("data")) {
        let (text, faults) = embedded.text();
        data.insert(&embedded.key, text);
        parts.diagnostics.append(faults);
    }
}
