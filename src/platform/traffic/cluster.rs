//! Traffic from and to what the cluster itself runs: its DNS and its API server.

use std::collections::BTreeSet;

use super::{End, Platform, Traffic, workload};
use crate::{
    document::Node,
    graph::Member,
    kubernetes::{Cidr, ConnectionEnd, Labels, Pod, Protocol},
    manifests::Peer,
};

impl Platform<'_> {
    /// Whoever reaches something by its name, to the DNS that the spec names.
    pub(super) fn to_names(&self) -> Vec<Traffic<'_>> {
        let cluster = self.offers.cluster.as_ref();
        let Some(Peer::Pods(pods)) = cluster.map(|it| &it.dns) else {
            return Vec::new();
        };
        let labels: Labels<'_> = pods
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let to = End {
            what: "the cluster's DNS".to_owned(),
            at: ConnectionEnd::Pod(Pod {
                namespace: &pods.namespace,
                labels: labels.and_others(),
                ..Pod::default()
            }),
        };
        let spark = self.programs().iter().flat_map(|it| self.data_pods(it));
        let operator = self.members().filter(|it| is_operator(it));
        let others = operator.filter_map(workload);
        let all = spark.chain(others).chain(self.jobs().map(|(job, _)| job));
        let traffic = all.map(|from| Traffic {
            from,
            to: to.clone(),
            protocol: Protocol::Udp,
            ports: vec![53..=53],
        });
        traffic.collect()
    }

    /// Drivers and the operator, to the API server.
    pub(super) fn to_api_server(&self) -> Vec<Traffic<'_>> {
        let cluster = self.offers.cluster.iter();
        let endpoints = cluster.flat_map(|it| &it.api_server.endpoints);
        let drivers = self.drivers().filter_map(|it| it.program.driver_pod());
        let operator = self.members().filter(|it| is_operator(it));
        let from: Vec<_> = drivers.chain(operator.filter_map(workload)).collect();
        let traffic = endpoints.flat_map(|endpoint| {
            let to = End {
                what: format!("the API server at {}", endpoint.address),
                at: ConnectionEnd::Addresses(Cidr::from(endpoint.address)),
            };
            let port = endpoint.port;
            from.iter()
                .map(move |from| Traffic::tcp(from, to.clone(), vec![port..=port]))
        });
        traffic.collect()
    }

    /// The API server, to the webhooks that it asks.
    pub(super) fn to_webhooks(&self) -> Vec<Traffic<'_>> {
        let cluster = self.offers.cluster.iter();
        let endpoints = cluster.flat_map(|it| &it.api_server.endpoints);
        let servers: Vec<_> = endpoints
            .map(|endpoint| End {
                what: "the API server".to_owned(),
                at: ConnectionEnd::Addresses(Cidr::from(endpoint.address)),
            })
            .collect();
        let services = self.webhook_services().into_iter();
        let pods =
            services.filter_map(|(namespace, name, port)| self.behind(Some(namespace), name, port));
        let traffic = pods.flat_map(|(to, port)| {
            let servers = servers.iter();
            servers.map(move |from| Traffic::tcp(from, to.clone(), vec![port..=port]))
        });
        traffic.collect()
    }

    /// The namespaces, names and ports of the Services of webhooks.
    fn webhook_services(&self) -> BTreeSet<(&str, &str, u16)> {
        let group = "admissionregistration.k8s.io";
        let mutating = self.of_kind(group, "MutatingWebhookConfiguration");
        let all = mutating.chain(self.of_kind(group, "ValidatingWebhookConfiguration"));
        let webhooks = all.flat_map(|it| it.object.node().list_at(["webhooks"]));
        let services = webhooks.filter_map(|it| it.at(["clientConfig", "service"]));
        let services = services.filter_map(|it| {
            // The API server's default.
            let port = it.get("port").map_or(Some(443), Node::as_integer)?;
            let port = u16::try_from(port).ok()?;
            Some((it.str_at(["namespace"])?, it.str_at(["name"])?, port))
        });
        services.collect()
    }
}

/// Whether an object runs the operator of Spark: its image's entry point knows these two words.
fn is_operator(member: &Member) -> bool {
    let template = member.object.pod_template();
    let mut containers = template.into_iter().flat_map(|it| it.containers());
    containers.any(|it| {
        let words = it.node.list_at(["args"]).iter();
        let words: Vec<_> = words.filter_map(Node::as_str).take(2).collect();
        matches!(words[..], ["controller" | "webhook", "start"])
    })
}
