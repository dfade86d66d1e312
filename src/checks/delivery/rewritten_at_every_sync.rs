//! Empty lists and labels that the API server drops, and then finds missing.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::{Node, Value},
    kubernetes::Identity,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1514",
        name: "rewritten-at-every-sync",
        page: "Of a NetworkPolicy and of the webhooks of a configuration the API server drops empty lists \
               and empty `matchLabels`, and compares what is left with what was applied to the letter. So \
               every sync writes the object anew, and `kubectl diff` is never empty. Of other kinds it knows \
               that an empty list and none are the same.",
    },
    symptom: "`metadata.generation` grows with every sync, and the engine says `OutOfSync` or `configured` for \
              ever",
    fix: "remove the empty value: an empty selector is `{}`, without `matchLabels` in it",
    source: "A real API server, 1.34: server-side apply three times; \
             https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/registry/networking/networkpolicy/strategy.go \
             (`reflect.DeepEqual`)",
    example: Example::Extra {
        failing: r#"apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: nothing-gets-in
  namespace: jupyterhub-users
spec:
  podSelector:
    matchLabels: {}
  policyTypes:
  - Ingress
"#,
        passing: r#"apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: nothing-gets-in
  namespace: jupyterhub-users
spec:
  podSelector: {}
  policyTypes:
  - Ingress
"#,
    },
    run,
};

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
/// is no list and stays.
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
