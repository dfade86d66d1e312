//! Pods that their namespace does not admit.

use crate::{
    checks::{Check, Findings, pages},
    kubernetes::{PodSecurity, violations},
    platform::{Platform, Pod, place},
};

/// The rule.
pub const CHECK: Check = pages::pod_security(run);

/// The label with the level.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        let Some((level, name)) = level(platform, pod) else {
            continue;
        };
        let Some(spec) = pod.spec() else {
            continue;
        };
        let identity = pod.member.object.identity();
        // One message a pod: the first reason is enough to know where to look, the others follow.
        let all = violations(level, spec);
        let Some((first, others)) = all.split_first() else {
            continue;
        };
        let title = format!("`{name}` refuses {}: it {}", pod.what(), first.what);
        let mut diagnostic = CHECK
            .finds(title)
            .at_value(place(&first.node.origins, pod.member), "");
        for other in others {
            diagnostic = diagnostic.note(format!("it also {}", other.what));
        }
        // The usual hint is of what `restricted` asks for; no setting makes up for a part of the node.
        if !violations(PodSecurity::Baseline, spec).is_empty() {
            diagnostic = diagnostic
                .hint("take it out: only a namespace that enforces `privileged` admits it");
        }
        findings.push(identity, diagnostic);
    }
}

/// The level of a pod's namespace, when that is in sight, and the namespace's name.
fn level<'a>(platform: &Platform<'a>, pod: &Pod<'_>) -> Option<(PodSecurity, &'a str)> {
    let namespace = platform.object("", "Namespace", None, pod.namespace()?)?;
    let level = PodSecurity::parse(namespace.object.label(ENFORCE)?)?;
    Some((level, namespace.object.identity().name.as_str()))
}
