//! Objects that delete themselves, and that an engine makes again.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1501",
        name: "ttl-recreated",
        page: "An object with a time to live is deleted when it has finished. The engine finds that it is \
               missing, makes it anew, and so the job runs again, for ever.",
    },
    symptom: "a job that ran once in the plan runs every hour, and its results are written again",
    fix: "leave the time to live out: a finished object costs nothing",
    source: "https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/; \
             https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/#automatic-self-healing",
    example: Example::Extra {
        failing: r#"apiVersion: batch/v1
kind: Job
metadata:
  name: compact-once-2c26b46b68
  namespace: jupyterhub-users
spec:
  ttlSecondsAfterFinished: 3600
  template:
    spec:
      restartPolicy: Never
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: compact
        image: registry.example.com/compact:1.0
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
  name: compact-once-2c26b46b68
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
      - name: compact
        image: registry.example.com/compact:1.0
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
        let field = match identity.kind.as_str() {
            "Job" => "ttlSecondsAfterFinished",
            "SparkApplication" => "timeToLiveSeconds",
            _ => continue,
        };
        if let Some(node) = member.object.node().at(["spec", field]) {
            let title = format!("{identity} deletes itself, and the engine makes it again");
            let place = place(&node.origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
