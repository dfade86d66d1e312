//! From a platform to files: one object a file, and the lock that names them all.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Compilation,
    components::offers::{EventLog, ObjectStore},
    diagnostics::Diagnostics,
    document::{Sourced, Sources},
    graph::{Graph, Member},
    kubernetes::Identity,
    manifests::Prerequisite,
    output::{Lock, Tree},
    yaml::to_yaml,
};

/// What one environment is on disk.
pub struct Files {
    /// `out/ENV`.
    pub tree: Tree,
    /// The lock of `out/ENV`.
    pub lock: Lock,
    /// `out/delivery/ENV`.
    pub delivery: Tree,
    /// The lock of `out/delivery/ENV`.
    pub delivery_lock: Lock,
}

/// Writes every object of a compilation as text.
///
/// # Errors
/// Values that YAML cannot carry unchanged, with their places.
pub fn files(compilation: &Compilation) -> Result<Files, Diagnostics> {
    let mut diagnostics = Diagnostics::default();
    let mut tree = Tree::new();
    for (path, member) in paths(&compilation.graph) {
        match to_yaml(member.object.node()) {
            Ok(text) => {
                tree.insert(path, text.into_bytes());
            }
            Err(errors) => diagnostics.append(errors),
        }
    }
    for (path, text) in &compilation.hand_over {
        let text = text.as_str().unwrap_or_default();
        tree.insert(path.clone(), text.to_owned().into_bytes());
    }
    let mut delivered = Tree::new();
    for (path, node) in &compilation.delivered {
        match to_yaml(node) {
            Ok(text) => {
                delivered.insert(path.clone(), text.into_bytes());
            }
            Err(errors) => diagnostics.append(errors),
        }
    }
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let inputs = inputs(&compilation.sources);
    let lock = Lock::of(&tree, inputs.clone(), prerequisites(compilation));
    let delivery_lock = Lock::of(&delivered, inputs, BTreeSet::new());
    Ok(Files {
        tree,
        lock,
        delivery: delivered,
        delivery_lock,
    })
}

/// The members by the paths of their files.
#[must_use]
pub fn paths(graph: &Graph) -> BTreeMap<String, &Member> {
    let mut paths: BTreeMap<String, Vec<&Member>> = BTreeMap::new();
    for member in &graph.members {
        let path = path(member, None);
        paths.entry(path).or_default().push(member);
    }
    paths
        .into_iter()
        .flat_map(|(plain, members)| {
            let alone = members.len() == 1;
            members.into_iter().map(move |member| {
                // Two groups may have a kind of one name; then both files say which.
                let group = (!alone).then_some(member.object.identity().group.as_str());
                let path = group.map_or_else(|| plain.clone(), |group| path(member, Some(group)));
                (path, member)
            })
        })
        .collect()
}

/// `LAYER/NAMESPACE/KIND-NAME.yaml`.
fn path(member: &Member, group: Option<&str>) -> String {
    let identity = member.object.identity();
    let namespace = identity.namespace.as_deref().unwrap_or("_cluster");
    let layer = member.layer.folder();
    format!("{layer}/{namespace}/{}", identity.file_name(group))
}

fn inputs(sources: &Sources) -> BTreeSet<String> {
    sources.files().iter().map(|it| it.path.clone()).collect()
}

/// What must be there before the environment is synced, in words.
#[must_use]
pub fn prerequisites(compilation: &Compilation) -> BTreeSet<String> {
    let objects = compilation.graph.prerequisites.iter().map(prerequisite);
    let store = compilation.offers.object_store.as_ref();
    let store = store.filter(|it| it.is_external);
    let log = compilation.offers.event_log.as_ref();
    objects
        .chain(store.into_iter().flat_map(|it| in_store(it, log)))
        .collect()
}

/// Something that must be there, in words.
#[must_use]
pub fn prerequisite(prerequisite: &Prerequisite) -> String {
    let Prerequisite {
        object, keys, why, ..
    } = prerequisite;
    let Identity {
        kind,
        namespace,
        name,
        ..
    } = object;
    let namespace = namespace
        .as_ref()
        .map_or_else(String::new, |it| format!("{it}/"));
    let keys = match keys.as_slice() {
        [] => String::new(),
        keys => format!(" with {}", keys.join(", ")),
    };
    format!("{kind} {namespace}{name}{keys}: {why}")
}

/// What a store that kiln does not run must hold.
fn in_store(store: &ObjectStore, log: Option<&EventLog>) -> Vec<String> {
    let endpoint = store.address();
    let bucket = |it: &Sourced<String>| {
        format!(
            "Bucket {} at {endpoint}: the spec says `kind = \"{}\"`",
            **it,
            store.kind()
        )
    };
    let mut lines: Vec<_> = store.buckets.iter().map(bucket).collect();
    // A folder of S3 exists when an object lies below it. Spark does not make it, and stops with a
    // `FileNotFoundException` (`requireLogBaseDirAsDirectory` in EventLogFileWriters.scala).
    lines.extend(log.map(|it| {
        let (bucket, prefix) = (&*it.bucket, &*it.prefix);
        format!(
            "Object {bucket}/{prefix}/ at {endpoint}: empty, so that the event log has its folder; without it no driver starts"
        )
    }));
    lines
}
