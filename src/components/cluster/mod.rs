//! `[cluster]`: the fixed facts of the cluster that the platform runs on.

use std::{collections::BTreeMap, net::IpAddr, str::FromStr};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Offers, Peer, Pods, Shape, offers};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::Sourced,
    kubernetes::{CpuQuantity, Memory, NamespaceName},
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
    domain: Sourced<String>,
    /// Where the API server is. NetworkPolicies need its addresses, because it is no pod.
    api_server: ApiServer,
    /// The pods that answer DNS.
    #[serde(default)]
    dns: Dns,
    /// The kinds of nodes, so that kiln can see what can never be scheduled.
    #[serde(default)]
    node_pools: BTreeMap<String, NodePool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ApiServer {
    /// The address and port of the Service `kubernetes`, for networks that judge a packet before it
    /// is translated.
    #[schemars(example = "10.96.0.1:443")]
    service: Option<Sourced<String>>,
    /// The addresses and ports behind that Service (`kubectl get endpointslices -n default`). Most
    /// networks judge a packet after translation, so these are what an egress rule has to allow.
    #[schemars(length(min = 1), extend("uniqueItems" = true), example = ["192.0.2.10:6443"])]
    endpoints: Vec<Sourced<String>>,
}

/// The pods that answer DNS.
#[derive(Debug, Deserialize, JsonSchema, serde::Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Dns {
    /// Their namespace.
    namespace: Sourced<NamespaceName>,
    /// Labels that all of them carry.
    labels: BTreeMap<String, Sourced<String>>,
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
                "k8s-app".to_owned(),
                Sourced::constant("kube-dns".to_owned()),
            )]
            .into(),
        }
    }
}

/// Nodes of one size.
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
}

fn default_domain() -> Sourced<String> {
    Sourced::constant("cluster.local".to_owned())
}

/// The component.
pub struct Cluster;

impl Component for Cluster {
    type Settings = Settings;
    const TABLE: &'static str = "cluster";
    const SHAPE: Shape = Shape::Required;
    const ABOUT: &'static str = "The cluster that the platform runs on.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        let addresses = settings.api_server.endpoints.iter();
        offers.cluster = Some(offers::Cluster {
            name: settings.name.clone(),
            kubernetes: settings.kubernetes.clone(),
            domain: settings.domain.clone(),
            api_server: offers::ApiServer {
                endpoints: addresses.filter_map(socket_address).collect(),
                service: settings
                    .api_server
                    .service
                    .as_ref()
                    .and_then(socket_address),
            },
            dns: Peer::Pods(Pods {
                namespace: settings.dns.namespace.map(ToString::to_string),
                labels: settings.dns.labels.clone(),
            }),
            node_pools: settings
                .node_pools
                .iter()
                .map(|(name, pool)| offers::NodePool {
                    name: name.clone(),
                    nodes: pool.nodes.clone(),
                    cpu: pool.cpu.clone(),
                    memory: pool.memory.clone(),
                })
                .collect(),
        });
    }

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let api_server = &entry.settings.api_server;
        for written in api_server.endpoints.iter().chain(&api_server.service) {
            if socket_address(written).is_none() {
                out.report(
                    Diagnostic::error(
                        codes::BAD_VALUE,
                        format!("`{}` is not an address and a port", **written),
                    )
                    .at_value(&written.origins, "")
                    .hint("write it as `192.0.2.10:6443`, or `[2001:db8::1]:6443`"),
                );
            }
        }
    }
}

fn socket_address(written: &Sourced<String>) -> Option<Sourced<offers::SocketAddress>> {
    let (address, port) = written.rsplit_once(':')?;
    let address = address.trim_start_matches('[').trim_end_matches(']');
    let address = offers::SocketAddress {
        address: IpAddr::from_str(address).ok()?,
        port: port.parse().ok().filter(|port| *port > 0)?,
    };
    Some(written.map(|_| address))
}
