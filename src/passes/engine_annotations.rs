//! What every object carries for the engines that apply it. It is the same for both, so one tree serves both.

use super::{Facts, Pass};
use crate::{
    document::{Node, Value},
    manifests::Manifests,
};

/// The annotations by which an engine leaves an object alone that its source no longer holds.
pub mod sync_options {
    /// Argo CD's options: <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/>.
    pub const ARGO_CD: &str = "argocd.argoproj.io/sync-options";
    /// Flux' switch: <https://fluxcd.io/flux/components/kustomize/kustomizations/#prune>.
    pub const FLUX: &str = "kustomize.toolkit.fluxcd.io/prune";
}

/// Annotates every object for the engines. What the spec lists in `destroy` loses its protection.
pub const ENGINE_ANNOTATIONS: Pass = Pass {
    name: "engine annotations",
    run: annotate,
};

fn annotate(manifests: &mut Manifests, facts: &Facts<'_>) {
    for manifest in &mut manifests.objects {
        let object = &mut manifest.object;
        object.annotate(
            "argocd.argoproj.io/sync-wave",
            manifest.layer.wave().to_string(),
        );
        if object.holds_data() && !facts.destroy.contains(&object.identity().to_string()) {
            // A namespace takes everything in it along, a definition all its resources, a volume
            // its data: no engine may prune them because a line left a spec.
            object.annotate(sync_options::ARGO_CD, "Prune=false,Delete=false");
            object.annotate(sync_options::FLUX, "disabled");
        }
        if contains_variable(object.node()) {
            // Spark expands `${env:X}` itself. Flux would try first, and since 2.9 fail
            // (kustomize-controller, `postBuild`).
            object.annotate("kustomize.toolkit.fluxcd.io/substitute", "disabled");
        }
    }
}

fn contains_variable(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains("${"),
        Value::List(items) => items.iter().any(contains_variable),
        Value::Map(map) => map
            .iter()
            .any(|(key, node)| key.contains("${") || contains_variable(node)),
        _ => false,
    }
}
