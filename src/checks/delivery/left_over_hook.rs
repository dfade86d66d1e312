//! Hooks of Helm in manifests that Helm does not install.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1506",
        name: "left-over-hook",
        page: "Rendered charts keep their hooks' annotations. Argo CD takes the object for a hook of its own \
               and runs it at other times than Helm; Flux applies it once and leaves it. Neither waits \
               for what Helm waited for.",
    },
    symptom: "a migration runs with every sync, or a test pod stays behind",
    fix: "remove the annotation, and the object if only Helm needs it",
    source: "https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-hooks",
    example: Example::Extra {
        failing: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: jupyterhub-users
  annotations:
    helm.sh/hook: pre-install
data:
  level: info
"#,
        passing: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: jupyterhub-users
data:
  level: info
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        for (_, node) in member
            .object
            .annotations()
            .filter(|(key, _)| *key == "helm.sh/hook")
        {
            let identity = member.object.identity();
            let title = format!("{identity} is a hook of Helm, and Helm does not install it");
            let place = place(&node.origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
