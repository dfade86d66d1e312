//! Manifests that were copied from a cluster.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1502",
        name: "live-field",
        page: "What `kubectl get -o yaml` prints holds fields that the API server writes. Applied again, a \
               `resourceVersion` is a wish to change exactly that version, which is gone, and \
               `managedFields` are refused.",
    },
    symptom: "`Operation cannot be fulfilled …: the object has been modified`, or `metadata.managedFields \
              must be nil`",
    fix: "remove the field",
    source: "https://kubernetes.io/docs/reference/using-api/server-side-apply/; a real API server",
    example: Example::Extra {
        failing: r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: jupyterhub-users
  resourceVersion: "41873"
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

const FIELDS: [&str; 3] = ["managedFields", "resourceVersion", "uid"];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        for field in FIELDS {
            if let Some(node) = member.object.node().at(["metadata", field]) {
                let identity = member.object.identity();
                let title =
                    format!("`metadata.{field}` of {identity} is the API server's to write");
                let place = place(&node.origins, member);
                findings.push(identity, CHECK.finds(title).at_key(place, ""));
            }
        }
    }
}
