//! Objects that say that they belong to another Application.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    engines::argo_cd::TRACKING,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1504",
        name: "tracked-elsewhere",
        page: "Argo CD writes into every object to which Application it belongs. An object that was copied \
               with this annotation belongs to the Application it was copied from, or to both by turns.",
    },
    symptom: "`SharedResourceWarning`, and two Applications that are never both `Synced`",
    fix: "remove the annotation: Argo CD writes its own",
    source: "https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/",
    example: Example::Extra {
        failing: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: jupyterhub-users
  annotations:
    argocd.argoproj.io/tracking-id: other:/ConfigMap:jupyterhub-users/settings
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
            .filter(|(key, _)| *key == TRACKING)
        {
            let identity = member.object.identity();
            let title = format!("{identity} says that it belongs to another Application");
            let place = place(&node.origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
