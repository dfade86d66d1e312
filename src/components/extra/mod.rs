//! `[extra.NAME]`: raw manifests, which join the graph, the checks and the hash.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Build, Component, Entry, Occurrence, Offers};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::Sourced,
    kubernetes::flatten,
    manifests::Layer,
};

/// Raw manifests of the repository.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("x-kiln-fact" = true))]
pub struct Settings {
    /// The files, relative to the one that states them; `*` stands for any part of a name.
    #[schemars(extend("x-kiln-files" = true), example = "extra/*.yaml")]
    path: Sourced<String>,
    /// When they are applied. Namespaces, definitions and cluster-wide RBAC always come first.
    #[serde(default)]
    layer: Sourced<Stage>,
}

/// When raw manifests are applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Stage {
    Operators,
    Storage,
    #[default]
    Platform,
    Workloads,
}

/// The component.
pub struct Extra;

impl Component for Extra {
    type Settings = Settings;
    const TABLE: &'static str = "extra";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const ABOUT: &'static str = "Raw manifests, which join the graph, the checks and the hash.";

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        let layer = match *settings.layer {
            Stage::Operators => Layer::Operators,
            Stage::Storage => Layer::Storage,
            Stage::Platform => Layer::Platform,
            Stage::Workloads => Layer::Workloads,
        };
        let documents = settings
            .path
            .origins
            .first()
            .and_then(|it| offers.files.get(&it));
        let documents = documents
            .into_iter()
            .flatten()
            .flat_map(|file| &file.documents);
        for document in documents.cloned().flat_map(flatten) {
            let kind = document.str_at(["kind"]).unwrap_or_default();
            if kind == "Secret" {
                out.report(
                    Diagnostic::error(codes::MANIFEST, "a manifest holds a Secret")
                        .at_node(document.get("kind").unwrap_or(&document), "")
                        .note("whoever can read the repository could read it")
                        .hint("declare it in `secrets`, as existing, External Secret or Sealed Secret"),
                );
                continue;
            }
            let layer = if comes_first(kind) {
                Layer::Cluster
            } else {
                layer
            };
            out.raw(layer, &entry.origins, document);
        }
    }
}

/// Kinds that others live in or are defined by.
fn comes_first(kind: &str) -> bool {
    matches!(
        kind,
        "Namespace"
            | "CustomResourceDefinition"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "StorageClass"
            | "PriorityClass"
            | "ResourceQuota"
            | "LimitRange"
            | "NetworkPolicy"
    )
}
