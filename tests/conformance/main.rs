//! kiln's output on the real thing: a Kubernetes control plane, and Spark.
//!
//! `make conformance` runs these. They need what a machine may lack (etcd, kube-apiserver,
//! kube-controller-manager, kubectl, Java, Python, a network), so they are ignored by default; what
//! cannot run fails and says what is missing.

mod accounts;
mod apply;
mod client;
#[path = "../support/control_plane.rs"]
mod control_plane;
mod platform;
mod rbac;
#[path = "../support/sample.rs"]
mod sample;
mod spark;
mod spark_conf;
#[path = "../support/specs/mod.rs"]
mod specs;
mod symptoms;
mod walks;
