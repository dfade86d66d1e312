//! `[cluster]`: the fixed facts of the cluster that the platform runs on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Occurrence, Offers, offers};
use crate::{
    document::Sourced,
    kubernetes::{CpuQuantity, LabelValue, Memory, NamespaceName, SubdomainName},
    manifests::{Peer, Pods},
    values::{Labels, SocketAddress, Taint},
};

/// The cluster that the platform runs on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The cluster's name. Two environments with one name share a cluster, and may not make the same
    /// object.
    #[schemars(
        regex(pattern = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"),
        example = "prod-eu"
    )]
    name: Sourced<String>,
    /// The Kubernetes minor version. It pins the rules of Pod Security.
    #[schemars(regex(pattern = r"^1\.(2[89]|3[0-9])$"), example = "1.34")]
    kubernetes: Sourced<String>,
    /// The DNS domain of Services.
    #[serde(default = "default_domain")]
    domain: Sourced<SubdomainName>,
    /// Where the API server is. NetworkPolicies need its addresses, because it is not a pod.
    #[schemars(extend("x-kiln-fact" = true))]
    api_server: ApiServer,
    /// The pods that answer DNS.
    #[serde(default)]
    dns: Dns,
    /// The kinds of nodes: workloads name those that they run on, and kiln sees what can never be scheduled.
    #[serde(default)]
    #[schemars(extend("x-kiln-fact" = true))]
    node_pools: BTreeMap<String, NodePool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ApiServer {
    /// The address and port of the Service `kubernetes`, for networks that evaluate a packet before it
    /// is translated.
    service: Option<Sourced<SocketAddress>>,
    /// The addresses and ports behind that Service (`kubectl get endpointslices -n default`). Most
    /// networks evaluate a packet after translation, so these are what an egress rule has to allow.
    #[schemars(length(min = 1), extend("uniqueItems" = true), example = ["192.0.2.10:6443"])]
    endpoints: Vec<Sourced<SocketAddress>>,
}

/// The pods that answer DNS.
#[derive(Debug, Deserialize, JsonSchema, serde::Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Dns {
    /// Their namespace.
    namespace: Sourced<NamespaceName>,
    /// Labels that all of them carry.
    labels: Labels,
}

impl Default for Dns {
    fn default() -> Self {
        Self {
            namespace: Sourced::constant(
                "kube-system"
                    .parse()
                    .expect("kube-system is a namespace's name"),
            ),
            labels: [(
                "k8s-app".parse().expect("k8s-app is a label's key"),
                Sourced::constant("kube-dns".parse().expect("kube-dns is a label's value")),
            )]
            .into(),
        }
    }
}

/// Nodes of one kind.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct NodePool {
    /// How many there are, or can be.
    #[schemars(range(min = 1))]
    nodes: Sourced<u32>,
    /// What one of them has for pods, in cores.
    cpu: Sourced<CpuQuantity>,
    /// What one of them has for pods.
    memory: Sourced<Memory>,
    /// Labels that all of them carry, and no other node: by these a workload that names the pool finds it.
    #[serde(default)]
    labels: Labels,
    /// Their taints, which workloads that name the pool tolerate and all others do not.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    taints: Vec<Sourced<Taint>>,
    /// The zones that they are in, by the label `topology.kubernetes.io/zone`.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true), example = ["eu-central-1a", "eu-central-1b"])]
    zones: Vec<Sourced<LabelValue>>,
    /// Whether the cloud takes them back at short notice. Executors on such nodes hand over their data
    /// before they go.
    #[serde(default)]
    spot: Sourced<bool>,
    /// How many GPUs one of them has.
    #[serde(default)]
    gpus: Sourced<u32>,
}

fn default_domain() -> Sourced<SubdomainName> {
    Sourced::constant("cluster.local".parse().expect("cluster.local is a domain"))
}

/// The component.
pub struct Cluster;

impl Component for Cluster {
    type Settings = Settings;
    const TABLE: &'static str = "cluster";
    const SHAPE: Occurrence = Occurrence::Required;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str = "The cluster that the platform runs on.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        offers.cluster = Some(offers::Cluster {
            name: settings.name.clone(),
            kubernetes: settings.kubernetes.clone(),
            domain: settings.domain.map(ToString::to_string),
            api_server: offers::ApiServer {
                endpoints: settings.api_server.endpoints.clone(),
                service: settings.api_server.service.clone(),
            },
            dns: Peer::Pods(Pods {
                namespace: settings.dns.namespace.map(ToString::to_string),
                labels: settings.dns.labels.texts(),
            }),
            node_pools: settings
                .node_pools
                .iter()
                .map(|(name, pool)| offers::NodePool {
                    name: name.clone(),
                    nodes: pool.nodes.clone(),
                    cpu: pool.cpu.clone(),
                    memory: pool.memory.clone(),
                    labels: pool.labels.clone(),
                    taints: pool.taints.clone(),
                    zones: pool.zones.clone(),
                    spot: pool.spot.clone(),
                    gpus: pool.gpus.clone(),
                })
                .collect(),
        });
    }

    fn build(&self, _: &Entry<Settings>, _: &Offers, _: &mut Build<'_>) {}
}
