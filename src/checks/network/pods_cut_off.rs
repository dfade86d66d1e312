//! Pods that a closed namespace cuts off.

use std::collections::BTreeSet;

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::Pod,
    platform::{Platform, place},
};

/// A workload that is not kiln's.
macro_rules! dashboard {
    () => {
        r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: dashboard
  namespace: operators
spec:
  selector:
    matchLabels:
      app: dashboard
  template:
    metadata:
      labels:
        app: dashboard
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile:
          type: RuntimeDefault
      containers:
      - name: dashboard
        image: registry.example.com/dashboard:1.2.0
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 128Mi
        securityContext:
          allowPrivilegeEscalation: false
          capabilities:
            drop: [ALL]
"#
    };
}

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0915",
        name: "pods-cut-off",
        page: "A namespace that kiln makes is closed: what no policy allows does not pass. kiln makes policies \
               for the pods of its own tables, and for those at the end of a flow. Pods of other manifests \
               bring theirs along, or nothing reaches them and they reach nothing, not even the DNS.",
    },
    symptom: "`UnknownHostException`, `Temporary failure in name resolution`",
    fix: "add a NetworkPolicy for these pods, or write `default-deny = false` in the table of the namespace",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-policies",
    example: Example::Extra {
        failing: dashboard!(),
        passing: concat!(
            dashboard!(),
            r#"---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: dashboard
  namespace: operators
spec:
  podSelector:
    matchLabels:
      app: dashboard
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: ingress-nginx
  egress:
  - to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
    ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
"#
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // What another's manifests do not show may let something through.
    if !platform.is_closed_world || platform.has_other_policies() {
        return;
    }
    // Those have checks of their own, which say what exactly does not pass.
    let programs = platform.programs().iter();
    let of_spark: BTreeSet<_> = programs.map(|it| it.member.object.identity()).collect();
    for member in platform.members() {
        let identity = member.object.identity();
        let Some(pod) = Pod::of(&member.object) else {
            continue;
        };
        if platform.network_policies().cut_off(&pod) && !of_spark.contains(identity) {
            let title = format!("nothing passes to or from the pods of {identity}");
            let place = place(&member.object.node().origins, member);
            findings.push(identity, CHECK.finds(title).at_key(place, ""));
        }
    }
}
