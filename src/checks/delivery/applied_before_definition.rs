//! Custom resources that are applied before their kind is defined.

use super::wave;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    graph::Member,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1510",
        name: "applied-before-definition",
        page: "The definition of a kind is applied in a later sync wave than a resource of that kind. On a \
               new cluster the first sync fails and never reaches the definition; on an old one nobody \
               notices.",
    },
    symptom: "`no matches for kind \"SparkConnect\" in version \"sparkoperator.k8s.io/v1alpha1\"`",
    fix: "give the definition an earlier `argocd.argoproj.io/sync-wave` than its resources",
    source: "https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/",
    example: Example::Manifests {
        failing: concat!(
            include_str!("../definition.yaml"),
            "    argocd.argoproj.io/sync-wave: \"2\"\n"
        ),
        passing: concat!(
            include_str!("../definition.yaml"),
            "    argocd.argoproj.io/sync-wave: \"-1\"\n"
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for definition in platform.of_kind("apiextensions.k8s.io", "CustomResourceDefinition") {
        let spec = definition.object.node().get("spec");
        let text = |path: &[&str]| spec?.str_at(path.iter().copied());
        let (Some(group), Some(kind)) = (text(&["group"]), text(&["names", "kind"])) else {
            continue;
        };
        // What other tools apply has no wave.
        for resource in &platform.graph.members {
            let identity = resource.object.identity();
            let is_of_kind = identity.group == group && identity.kind == kind;
            if is_of_kind && wave(resource) < wave(definition) {
                let title = format!("{identity} is applied before its kind is defined");
                let metadata = |it: &Member| {
                    let node = it.object.node();
                    node.get("metadata").unwrap_or(node).origins.clone()
                };
                let diagnostic = CHECK
                    .finds(title)
                    .at_value(
                        place(&metadata(resource), resource),
                        format!("in wave {}", wave(resource)),
                    )
                    .at_value(
                        &metadata(definition),
                        format!("defined in wave {}", wave(definition)),
                    );
                findings.push(identity, diagnostic);
            }
        }
    }
}
