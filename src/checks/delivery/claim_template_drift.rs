//! Templates of volume claims that Argo CD never finds in sync.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1505",
        name: "claim-template-drift",
        page: "The API server fills in `apiVersion` and `kind` of a StatefulSet's claim templates. Argo CD \
               compares that with a manifest that leaves them out, and syncs again and again.",
    },
    symptom: "an Application that is `OutOfSync` for ever",
    fix: "write `apiVersion: v1` and `kind: PersistentVolumeClaim` into the template",
    source: "minio/minio#18770; qdrant/qdrant-helm#470",
    example: Example::Extra {
        failing: r#"apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: notes
  namespace: jupyterhub-users
spec:
  selector:
    matchLabels:
      app: notes
  template:
    metadata:
      labels:
        app: notes
    spec:
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: notes
        image: registry.example.com/notes:1.0
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop: [ALL]
        resources:
          limits:
            memory: 256Mi
  volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes: [ReadWriteOnce]
      resources:
        requests:
          storage: 10Gi
"#,
        passing: r#"apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: notes
  namespace: jupyterhub-users
spec:
  selector:
    matchLabels:
      app: notes
  template:
    metadata:
      labels:
        app: notes
    spec:
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: notes
        image: registry.example.com/notes:1.0
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop: [ALL]
        resources:
          limits:
            memory: 256Mi
  volumeClaimTemplates:
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata:
      name: data
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
    let delivery = platform.offers.delivery.as_ref();
    if !delivery.is_some_and(|it| it.engine.engine().sees_filled_in) {
        return;
    }
    for member in platform.synced() {
        for template in member
            .object
            .node()
            .list_at(["spec", "volumeClaimTemplates"])
        {
            if template.get("apiVersion").is_none() || template.get("kind").is_none() {
                let identity = member.object.identity();
                let title = format!("{identity} is never in sync");
                let place = place(&template.origins, member);
                let label = "lacks `apiVersion` or `kind`";
                findings.push(identity, CHECK.finds(title).at_value(place, label));
            }
        }
    }
}
