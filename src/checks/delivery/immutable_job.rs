//! Jobs that cannot be edited.

use super::has_version;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    engines::is_remade,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1508",
        name: "immutable-job",
        page: "The template of a Job cannot change. The first edit of this manifest, if only a new tag of \
               its image, is refused, and everything behind it in the sync waits.",
    },
    symptom: "`… is invalid: spec.template: Invalid value: … field is immutable`",
    fix: "give each version a name of its own, such as with a digest at its end, or let the engine replace \
          it (`argocd.argoproj.io/sync-options: Force=true,Replace=true`)",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/job/#mutable-scheduling-directives; a \
             real API server",
    example: Example::Extra {
        failing: r#"apiVersion: batch/v1
kind: Job
metadata:
  name: load-calendar
  namespace: jupyterhub-users
spec:
  template:
    spec:
      restartPolicy: Never
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: load
        image: registry.example.com/calendar:1.0
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop: [ALL]
        resources:
          limits:
            memory: 256Mi
"#,
        passing: r#"apiVersion: batch/v1
kind: Job
metadata:
  name: load-calendar-fcde2b2edb
  namespace: jupyterhub-users
spec:
  template:
    spec:
      restartPolicy: Never
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: load
        image: registry.example.com/calendar:1.0
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop: [ALL]
        resources:
          limits:
            memory: 256Mi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        let identity = member.object.identity();
        let is_job = identity.kind == "Job" && identity.group == "batch";
        if is_job && !is_remade(member.object.node()) && !has_version(&identity.name) {
            let title = format!("{identity} cannot be edited once it is applied");
            let node = member.object.node().at(["metadata", "name"]);
            let place = place(&node.unwrap_or(member.object.node()).origins, member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
