//! Options that replace what holds data.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    engines::flux::FORCE,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1507",
        name: "destructive-option",
        page: "With this annotation Flux deletes an object and makes it anew when a field cannot be changed. \
               With a namespace, a definition or a claim, everything inside goes with it. (Argo CD's \
               `Replace=true` and `Force=true` do the same; kiln overwrites them on such objects.)",
    },
    symptom: "all custom resources, or all data, are gone after a sync",
    fix: "remove the option; an immutable field is changed by a new object",
    source: "https://fluxcd.io/flux/components/kustomize/kustomizations/#force",
    example: Example::Extra {
        failing: r#"apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: notes
  namespace: jupyterhub-users
  annotations:
    kustomize.toolkit.fluxcd.io/force: enabled
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 10Gi
"#,
        passing: r#"apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: notes
  namespace: jupyterhub-users
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 10Gi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced().filter(|it| it.object.holds_data()) {
        for (key, node) in member.object.annotations() {
            let value = node.as_str().unwrap_or_default();
            let is_force = key == FORCE;
            if is_force && value.eq_ignore_ascii_case("enabled") {
                let identity = member.object.identity();
                let title = format!("a sync may delete {identity} with all that is inside");
                let place = place(&node.origins, member);
                findings.push(identity, CHECK.finds(title).at_value(place, ""));
            }
        }
    }
}
