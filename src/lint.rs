//! The catalogue on manifests that kiln did not compile.
//!
//! What is not in sight may be on the cluster, so a check that needs the whole platform says nothing
//! here: no false alarm is worth more than one more finding.

use crate::{
    checks,
    components::Offers,
    diagnostics::{Diagnostic, Diagnostics},
    document::{Node, Origins, Sources, Value, yaml},
    graph::{Graph, Layer, Member},
    kubernetes::Object,
    platform::Platform,
};

/// What there is to say of manifests.
pub struct Lint {
    /// The files, into which everything below points.
    pub sources: Sources,
    /// How many objects were judged.
    pub objects: usize,
    /// What there is to say.
    pub diagnostics: Diagnostics,
    /// The files that could not be judged, and why.
    pub skipped: Vec<(String, &'static str)>,
}

/// Judges manifests, each a path and a text. Documents that are no objects of Kubernetes are left out.
#[must_use]
pub fn lint(files: impl IntoIterator<Item = (String, String)>) -> Lint {
    let mut sources = Sources::default();
    let mut diagnostics = Diagnostics::default();
    let mut skipped = Vec::new();
    let mut members = Vec::new();
    for (path, text) in files {
        let is_template = text.contains("{{");
        let file = sources.add_file(path.clone(), text);
        match yaml::read(&mut sources, file) {
            Ok(documents) => {
                for document in documents.iter().flat_map(flatten) {
                    members.extend(member(document));
                }
            }
            Err(_) if is_template => {
                skipped.push((path, "a template: render it and lint the result"));
            }
            Err(faults) => {
                diagnostics.extend(faults.into_vec().into_iter().map(Diagnostic::lesser));
            }
        }
    }
    members.sort_by(|a, b| a.object.identity().cmp(b.object.identity()));
    let graph = Graph {
        members,
        ..Graph::default()
    };
    let none = Offers::default();
    let (found, _) = checks::run(&Platform::of_manifests(&graph, &none));
    diagnostics.append(found);
    diagnostics.sort(&sources);
    Lint {
        sources,
        objects: graph.members.len(),
        diagnostics,
        skipped,
    }
}

fn member(document: Node) -> Option<Member> {
    Some(Member {
        object: Object::new(document).ok()?,
        layer: Layer::Platform,
        because: Origins::none(),
        template: None,
    })
}

/// The objects of a document: its own, or those of a `List`.
#[must_use]
pub fn flatten(document: &Node) -> Vec<Node> {
    match document.str_at(["kind"]) {
        Some("List") => document
            .list_at(["items"])
            .iter()
            .flat_map(flatten)
            .collect(),
        _ if document.value == Value::Null => Vec::new(),
        _ => vec![document.clone()],
    }
}
