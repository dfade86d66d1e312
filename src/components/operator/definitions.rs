//! The definitions of the operator's resources.

use super::{Definitions, DefinitionsFile, Settings};
use crate::{
    components::{Build, Entry, Offers},
    diagnostics::{Diagnostic, codes},
    document::Origins,
    kubernetes::Identity,
    manifests::{Layer, Prerequisite},
    render::{Context, Template, template},
    spec::NamedFile,
};

/// kiln's own definitions. Upstream's are larger than the annotation in which a client-side apply
/// keeps what was applied (262,144 bytes).
const EMBEDDED: [Template; 3] = [
    template!("components/operator/definitions/sparkapplications.yaml"),
    template!("components/operator/definitions/scheduledsparkapplications.yaml"),
    template!("components/operator/definitions/sparkconnects.yaml"),
];

/// The names of the definitions.
const NAMES: [&str; 3] = [
    "sparkapplications.sparkoperator.k8s.io",
    "scheduledsparkapplications.sparkoperator.k8s.io",
    "sparkconnects.sparkoperator.k8s.io",
];

pub fn build(settings: &Settings, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
    let source = &settings.custom_resource_definitions;
    match &source.value {
        Definitions::Embedded => {
            for template in EMBEDDED {
                out.object(Layer::Cluster, template, &entry.origins, &Context::new());
            }
        }
        Definitions::Existing => {
            let why = "the spec says `custom-resource-definitions = \"existing\"`";
            existing(why, &source.origins, out);
        }
        Definitions::File(stated) => {
            let files = stated
                .path
                .origins
                .first()
                .and_then(|it| offers.files.get(&it));
            for file in files.into_iter().flatten() {
                from_file(file, stated, out);
            }
        }
    }
}

/// Definitions that somebody else installs.
pub fn existing(why: &str, origins: &Origins, out: &mut Build<'_>) {
    for name in NAMES {
        out.prerequisite(Prerequisite {
            object: Identity::of_definition(name),
            keys: Vec::new(),
            why: why.to_owned(),
            origins: origins.clone(),
        });
    }
}

/// The definitions of a file, when it is the one that the spec means.
fn from_file(file: &NamedFile, stated: &DefinitionsFile, out: &mut Build<'_>) {
    let found = file.digest.to_string();
    if found != *stated.sha256 {
        out.report(
            Diagnostic::error(
                codes::DEFINITION,
                format!("`{}` is not the file that the spec means", file.path),
            )
            .at_value(&stated.sha256.origins, "its SHA-256 is another")
            .hint(format!("when you trust the file, state `{found}`")),
        );
        return;
    }
    for document in &file.documents {
        if document.str_at(["kind"]) == Some("CustomResourceDefinition") {
            out.raw(Layer::Cluster, &stated.path.origins, document.clone());
        } else {
            out.report(
                Diagnostic::error(
                    codes::DEFINITION,
                    "this is not a custom resource definition",
                )
                .at_node(document.get("kind").unwrap_or(document), ""),
            );
        }
    }
}
