//! Pods that their namespace does not admit.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::{PodSecurity, violations},
    platform::{Platform, Pod, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1301",
        name: "pod-security",
        page: "A namespace with the label `pod-security.kubernetes.io/enforce` refuses pods that do more \
               than its level allows. The object that would make them is accepted, and nothing comes of \
               it. Of a driver that is refused its executors, the port is open and every query waits.",
    },
    symptom: "`pods … is forbidden: violates PodSecurity …`, in the events of the \
              ReplicaSet or in the log of the driver",
    fix: "set in the pod `runAsNonRoot: true` and `seccompProfile.type: RuntimeDefault`, and in every \
          container `allowPrivilegeEscalation: false` and `capabilities.drop: [ALL]`",
    source: "https://kubernetes.io/docs/concepts/security/pod-security-standards/; verdicts compared with \
             those of a real API server",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.escalation]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "replace", path = "/spec/template/spec/containers/0/securityContext/allowPrivilegeEscalation", value = true },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.user]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [
  { op = "replace", path = "/spec/template/spec/securityContext/runAsUser", value = 1000 },
]
"#,
    },
    run,
};

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
