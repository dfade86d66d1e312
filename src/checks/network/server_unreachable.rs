//! Policies between clients and their Connect server.

use super::{Ports, blocked};
use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Platform, Purpose},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0907",
        name: "server-unreachable",
        page: "A client of Spark Connect opens one connection, to port 15002 of the server. A policy that \
               selects the server for ingress has to name the client, and one that selects the client for \
               egress the server.",
    },
    symptom: "`failed to connect to all addresses`, or a client that hangs",
    fix: "allow port 15002 from the client's pods",
    source: "https://kubernetes.io/docs/concepts/services-networking/network-policies/; \
             https://spark.apache.org/docs/latest/spark-connect-overview.html",
    example: Example::Manifests {
        failing: concat!(
            server_with!("spark.master=local[*]",),
            "---
apiVersion: v1
kind: Service
metadata:
  name: spark-connect
spec:
  selector:
    app: spark-connect
  ports:
  - port: 15002
---
apiVersion: v1
kind: Pod
metadata:
  name: report
  labels:
    app: report
spec:
  containers:
  - name: report
    image: registry.example.com/data/report:1.0
    env:
    - name: SPARK_REMOTE
      value: sc://spark-connect:15002
    resources:
      limits:
        memory: 1Gi
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: spark-connect
spec:
  podSelector:
    matchLabels:
      app: spark-connect
  policyTypes:
  - Ingress
  ingress:
  - from:
    - podSelector:
        matchLabels:
          app: notebook
    ports:
    - port: 15002
"
        ),
        passing: concat!(
            server_with!("spark.master=local[*]",),
            "---
apiVersion: v1
kind: Service
metadata:
  name: spark-connect
spec:
  selector:
    app: spark-connect
  ports:
  - port: 15002
---
apiVersion: v1
kind: Pod
metadata:
  name: report
  labels:
    app: report
spec:
  containers:
  - name: report
    image: registry.example.com/data/report:1.0
    env:
    - name: SPARK_REMOTE
      value: sc://spark-connect:15002
    resources:
      limits:
        memory: 1Gi
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: spark-connect
spec:
  podSelector:
    matchLabels:
      app: spark-connect
  policyTypes:
  - Ingress
  ingress:
  - from:
    - podSelector:
        matchLabels:
          app: report
    ports:
    - port: 15002
"
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    blocked(&CHECK, platform, Purpose::Connect, &Ports::Any, findings);
}
