//! Empty lists and labels that the API server drops, and then finds missing.

use crate::{
    checks::{Check, Findings, pages},
    document::{Node, Value},
    kubernetes::Identity,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::rewritten_at_every_sync(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        let identity = member.object.identity();
        let Some(compared) = compared(identity, member.object.node()) else {
            continue;
        };
        let mut dropped = Vec::new();
        empty(compared, &mut dropped);
        for (key, node) in dropped {
            let title = format!("every sync writes {identity} anew: its `{key}` is empty");
            let place = place(&node.origins, member);
            findings.push(
                identity,
                CHECK
                    .finds(title)
                    .at_value(place, "the API server drops it"),
            );
        }
    }
}

/// The part of an object that is compared to the letter.
fn compared<'a>(identity: &Identity, object: &'a Node) -> Option<&'a Node> {
    match (identity.group.as_str(), identity.kind.as_str()) {
        ("networking.k8s.io", "NetworkPolicy") => object.get("spec"),
        (
            "admissionregistration.k8s.io",
            "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
        ) => object.get("webhooks"),
        _ => None,
    }
}

/// Empty lists and labels at any depth. An empty `policyTypes` is filled in; an empty selector or rule
/// is not a list and stays.
fn empty<'a>(node: &'a Node, found: &mut Vec<(&'a str, &'a Node)>) {
    for (key, child) in node.entries() {
        let is_dropped = match &child.value {
            Value::List(items) => items.is_empty() && key != "policyTypes",
            Value::Map(map) => map.is_empty() && key == "matchLabels",
            _ => false,
        };
        if is_dropped {
            found.push((key.as_str(), child));
        }
        empty(child, found);
    }
    for item in node.items() {
        empty(item, found);
    }
}
