//! kiln's output on the real thing: a Kubernetes control plane, Spark, and a browser.
//!
//! `make conformance` runs these. They need what a machine may lack (etcd, kube-apiserver,
//! kube-controller-manager, kubectl, Java, Python, Chromium, a network), so they are ignored by default; what
//! cannot run fails and says what is missing.

mod accounts;
mod apply;
mod client;
mod page;
mod platform;
mod rbac;
mod spark;
mod spark_conf;
mod symptoms;
mod walks;
