//! Custom resources that are applied before their kind is defined.

use super::wave;
use crate::{
    checks::{Check, Findings, pages},
    graph::Member,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::applied_before_definition(run);

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
