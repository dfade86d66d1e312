//! The catalogue on manifests that kiln did not compile.
//!
//! What is not in sight may be on the cluster, so a check that needs the whole platform says nothing
//! here: no false alarm is worth more than one more finding.

mod baseline;
mod kustomization;
mod settings;
mod waivers;

use std::collections::{BTreeMap, BTreeSet};

pub use self::{
    baseline::Baseline,
    settings::{FILE as SETTINGS, Settings, means},
};

use self::kustomization::{Kustomizations, is_kustomization};
use crate::{
    checks,
    components::{Offers, offers::Assumed},
    diagnostics::{Diagnostic, Diagnostics},
    document::{FileId, Node, Origins, Sources},
    graph::{Graph, Member},
    kubernetes::{Identity, Object, Scope, flatten},
    manifests::Layer,
    platform::Platform,
    yaml,
};

/// The diagnostics of manifests.
pub struct Lint {
    /// The files, into which everything below points.
    pub sources: Sources,
    /// How many objects were checked.
    pub objects: usize,
    /// How many files they are in.
    pub files: usize,
    /// The diagnostics.
    pub diagnostics: Diagnostics,
    /// The files that hold something that could not be checked, and why: what it is; and what to do.
    pub skipped: Vec<(String, &'static str)>,
}

/// Judges manifests, each a path and a text. Documents that are not objects of Kubernetes are left out.
#[must_use]
pub fn lint(files: impl IntoIterator<Item = (String, String)>) -> Lint {
    lint_with(files, [], &Assumed::default())
}

/// The same of files and of what a cluster holds, with what somebody knows beside.
#[must_use]
pub fn lint_with(
    files: impl IntoIterator<Item = (String, String)>,
    live: impl IntoIterator<Item = (String, String)>,
    assumed: &Assumed,
) -> Lint {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let mut skipped = Vec::new();
    let mut members = Vec::new();
    let mut files: Vec<_> = files
        .into_iter()
        .map(|(path, text)| (sources.add_file(path.clone(), text), path))
        .collect();
    let first_live = files.len();
    let live = live.into_iter();
    files.extend(live.map(|(path, text)| (sources.add_file(path.clone(), text), path)));
    let ids: Vec<_> = files.iter().map(|(file, _)| *file).collect();
    let mut kustomizations = Kustomizations::default();
    for (file, path) in files.iter().filter(|(_, path)| is_kustomization(path)) {
        for document in yaml::documents(&mut sources, *file) {
            kustomizations.add(path, &document.node);
        }
    }
    for (position, (file, path)) in files.into_iter().enumerate() {
        let mut holds_template = false;
        if kustomizations.is_patch(&path) {
            skipped.push((
                path,
                "a patch of a kustomization; lint what `kubectl kustomize` prints",
            ));
            continue;
        }
        let complete = |node: &mut Node| {
            kustomizations.apply(&path, node);
            if position >= first_live {
                forget_server(node);
            }
        };
        for document in yaml::documents(&mut sources, file) {
            match read(document, &sources.file(file).text, complete) {
                Read::Objects(objects, repeats) => {
                    diagnostics.extend(repeats.into_vec().into_iter().map(repeated));
                    members.extend(objects.into_iter().map(|it| (file, member(it))));
                }
                Read::Template => holds_template = true,
                Read::Faults(faults) => {
                    diagnostics.extend(faults.into_vec().into_iter().map(not_checked));
                }
            }
        }
        if holds_template {
            skipped.push((path, "a template; render it and lint the result"));
        }
    }
    let objects = members.len();
    let checked: BTreeSet<FileId> = members.iter().map(|(file, _)| *file).collect();
    for members in platforms(&members, &sources) {
        diagnostics.append(evaluate(members, assumed));
    }
    waivers::apply(&mut diagnostics, &sources, ids);
    diagnostics.sort(&sources);
    Lint {
        sources,
        objects,
        files: checked.len(),
        diagnostics,
        skipped,
    }
}

/// What the checks find in the objects of one platform.
fn evaluate(members: Vec<Member>, assumed: &Assumed) -> Diagnostics {
    let offers = Offers {
        assumed: assumed.clone(),
        ..Offers::default()
    };
    let graph = Graph {
        members,
        ..Graph::default()
    };
    checks::run(&Platform::of_manifests(&graph, &offers)).0
}

/// What a document holds.
enum Read {
    /// The objects, and the keys that are set twice in them.
    Objects(Vec<Object>, Diagnostics),
    Template,
    Faults(Diagnostics),
}

impl Read {
    fn nothing() -> Self {
        Self::Objects(Vec::new(), Diagnostics::default())
    }
}

fn read(document: yaml::Document, text: &str, complete: impl Fn(&mut Node)) -> Read {
    let text = &text[document.span];
    if document.faults.len() == document.repeated {
        let mut nodes = flatten(document.node);
        nodes.iter_mut().for_each(complete);
        if nodes.iter().any(is_template) {
            return Read::Template;
        }
        // What a controller makes of an object in sight is not written by anybody.
        let written = nodes.into_iter().filter(|it| !is_made(it));
        let objects = written.map(Object::new);
        let objects: Vec<_> = objects.filter_map(Result::ok).collect();
        return if objects.is_empty() {
            Read::nothing()
        } else {
            Read::Objects(objects, document.faults)
        };
    }
    match (is_manifest(text), text.contains("{{")) {
        // Faults of other tools' files are no concern of ours.
        (false, _) => Read::nothing(),
        (true, true) => Read::Template,
        (true, false) => Read::Faults(document.faults),
    }
}

/// The API server gets the last one alone.
fn repeated(fault: Diagnostic) -> Diagnostic {
    fault
        .lesser()
        .note("kubectl takes the last one, and so does kiln")
}

/// kubectl may read what kiln refuses, so that somebody else's manifest is none the worse for it.
fn not_checked(mut fault: Diagnostic) -> Diagnostic {
    fault.title = fault
        .title
        .replacen("this is not YAML", "kiln cannot read this", 1);
    fault.lesser().note("the document is not checked")
}

/// Whether a text that cannot be read was meant for Kubernetes.
fn is_manifest(text: &str) -> bool {
    let names_version = |line: &str| {
        let line = line.trim_start_matches([' ', '\t', '-', '{', '"', '\'']);
        line.starts_with("apiVersion")
    };
    text.lines().any(names_version)
}

/// Whether something has yet to fill in what the object is called.
fn is_template(node: &Node) -> bool {
    let is_open = |node: Option<&Node>| {
        let text = node.and_then(Node::as_str).unwrap_or_default();
        text.contains(['$', '{']) || text.starts_with('<') || text.contains("<%")
    };
    let metadata = node.get("metadata");
    let labels = metadata.and_then(|it| it.get("labels"));
    let labels = labels.into_iter().flat_map(Node::entries);
    is_open(metadata.and_then(|it| it.get("name")))
        || is_open(metadata.and_then(|it| it.get("namespace")))
        || labels.into_iter().any(|(_, value)| is_open(Some(value)))
}

/// Drops what the API server writes into every object, which nobody may write into a file.
fn forget_server(node: &mut Node) {
    const METADATA: [&str; 5] = [
        "creationTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "uid",
    ];
    let Some(object) = node.as_map_mut() else {
        return;
    };
    object.remove("status");
    let metadata = object.get_mut("metadata").and_then(Node::as_map_mut);
    if let Some(metadata) = metadata {
        for field in METADATA {
            metadata.remove(field);
        }
    }
}

/// Whether a controller has made an object, such as the Job of a `CronJob`.
fn is_made(node: &Node) -> bool {
    let mut owners = node.list_at(["metadata", "ownerReferences"]).iter();
    owners.any(|it| it.get("controller").and_then(Node::as_bool) == Some(true))
}

fn member(object: Object) -> Member {
    Member {
        object,
        layer: Layer::Platform,
        origins: Origins::none(),
        template: None,
    }
}

/// The objects by platform: all are one, unless two files hold the same object. Then these are of two
/// environments, and each folder (or file) by which their paths first differ is a platform of its own.
fn platforms(members: &[(FileId, Member)], sources: &Sources) -> Vec<Vec<Member>> {
    let path = |file: FileId| -> Vec<&str> { sources.file(file).path.split('/').collect() };
    let mut first: BTreeMap<&Identity, FileId> = BTreeMap::new();
    let mut forks: BTreeSet<Vec<&str>> = BTreeSet::new();
    for (file, member) in members {
        let earlier = *first.entry(member.object.identity()).or_insert(*file);
        if earlier != *file {
            let (one, other) = (path(earlier), path(*file));
            let common = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
            forks.insert(one[..common].to_vec());
        }
    }
    let branch = |file: FileId| {
        let path = path(file);
        let fork = (0..path.len())
            .rev()
            .find(|length| forks.contains(&path[..*length]));
        fork.map(|length| path[..=length].to_vec())
    };
    let branches: Vec<_> = members.iter().map(|(file, _)| branch(*file)).collect();
    let mut platforms: BTreeMap<_, Vec<Member>> = BTreeMap::new();
    for (branch, (_, member)) in branches.into_iter().zip(members.iter().cloned()) {
        platforms.entry(branch).or_default().push(member);
    }
    let mut platforms: Vec<_> = platforms.into_values().collect();
    for members in &mut platforms {
        assign_namespace(members);
        members.sort_by(|a, b| a.object.identity().cmp(b.object.identity()));
    }
    platforms
}

/// Puts objects without a namespace into the one that they are meant for: `helm template` leaves it out,
/// and only the subjects of bindings state it.
fn assign_namespace(members: &mut [Member]) {
    let lacks_namespace = |member: &Member| {
        member.object.scope() == Some(Scope::Namespaced)
            && member.object.identity().namespace.is_none()
    };
    let accounts = members.iter().filter(|it| lacks_namespace(it));
    let accounts: BTreeSet<&str> = accounts
        .map(|it| it.object.identity())
        .filter(|it| it.kind == "ServiceAccount")
        .map(|it| it.name.as_str())
        .collect();
    let subjects = members
        .iter()
        .flat_map(|it| it.object.node().list_at(["subjects"]))
        .filter(|it| it.str_at(["kind"]) == Some("ServiceAccount"))
        .filter(|it| it.str_at(["name"]).is_some_and(|it| accounts.contains(it)));
    let namespaces: BTreeSet<String> = subjects
        .filter_map(|it| it.str_at(["namespace"]).map(str::to_owned))
        .collect();
    let mut namespaces = namespaces.into_iter();
    if let (Some(namespace), None) = (namespaces.next(), namespaces.next()) {
        for member in members.iter_mut().filter(|it| lacks_namespace(it)) {
            member.object.assign_namespace(&namespace);
        }
    }
}
