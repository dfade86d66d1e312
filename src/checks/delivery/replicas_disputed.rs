//! Numbers of replicas that two of them set.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1509",
        name: "replicas-disputed",
        page: "A HorizontalPodAutoscaler sets the number of replicas, and so does a manifest that states \
               one. The engine sets it back with every sync, and pods are killed under load.",
    },
    symptom: "the number of pods jumps with every sync, and the Application is `OutOfSync`",
    fix: "leave `spec.replicas` out of what an autoscaler scales",
    source: "https://argo-cd.readthedocs.io/en/stable/user-guide/best_practices/#leaving-room-for-imperativeness",
    example: Example::Extra {
        failing: r#"apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: history-server
  namespace: jupyterhub-users
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: spark-history-server
  maxReplicas: 3
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
        let identity = member.object.identity();
        let node = member.object.node();
        let Some(target) = node.at(["spec", "scaleTargetRef"]) else {
            continue;
        };
        let (Some(kind), Some(name)) = (target.str_at(["kind"]), target.str_at(["name"])) else {
            continue;
        };
        let scaled = platform.object("apps", kind, identity.namespace.as_deref(), name);
        let replicas = scaled.and_then(|it| Some((it, it.object.node().at(["spec", "replicas"])?)));
        if let Some((scaled, replicas)) = replicas {
            let title = format!("{identity} and the manifest of its target both set `replicas`");
            let diagnostic = CHECK
                .finds(title)
                .at_value(place(&target.origins, member), "")
                .at_value(place(&replicas.origins, scaled), "set here too");
            findings.push(identity, diagnostic);
        }
    }
}
