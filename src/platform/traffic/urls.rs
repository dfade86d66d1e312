//! Traffic to what a URL names: object stores and Connect servers.

use std::net::IpAddr;

use super::{End, Platform, Traffic, workload};
use crate::{
    credentials::without_user,
    document::Node,
    graph::Member,
    kubernetes::{Cidr, ConnectionEnd},
    ports,
};

impl Platform<'_> {
    /// Whoever reads or writes data, to the object store.
    pub(super) fn to_stores(&self) -> Vec<Traffic<'_>> {
        let mut traffic = Vec::new();
        for program in self.programs() {
            let property = |key| program.properties.value(key);
            let Some(url) = property("spark.hadoop.fs.s3a.endpoint") else {
                continue;
            };
            if property("spark.hadoop.fs.s3a.proxy.host").is_some() {
                continue;
            }
            for from in self.data_pods(program) {
                traffic.extend(self.to_url(&from, url));
            }
        }
        for (from, url) in self.jobs() {
            traffic.extend(self.to_url(&from, url));
        }
        traffic
    }

    /// Jobs, such as those that make buckets, with the URLs in their environment.
    pub(super) fn jobs(&self) -> impl Iterator<Item = (End<'_>, &str)> {
        self.of_kind("batch", "Job").flat_map(|job| {
            let template = job.object.pod_template().into_iter();
            let variables = template
                .flat_map(|it| it.containers())
                .flat_map(|it| it.node.list_at(["env"]));
            let values = variables.filter_map(|it| it.str_at(["value"]));
            let urls = values.filter(|it| it.starts_with("http://") || it.starts_with("https://"));
            urls.filter_map(|it| Some((workload(job)?, it)))
        })
    }

    /// Clients of Spark Connect, to its server.
    pub(super) fn to_connect(&self) -> Vec<Traffic<'_>> {
        let clients = self.members().flat_map(|member| {
            let servers = connect_servers(member);
            servers.map(move |(host, port)| (member, host, port))
        });
        let traffic =
            clients.filter_map(|(member, host, port)| self.to_host(&workload(member)?, host, port));
        traffic.collect()
    }

    /// Traffic to the host and port of a URL.
    fn to_url<'p>(&'p self, from: &End<'p>, url: &'p str) -> Option<Traffic<'p>> {
        let url = url.trim();
        let (scheme, _) = url.split_once("://").unwrap_or(("https", url));
        let host = without_user(url).unwrap_or(url).split('/').next()?;
        let standard = if scheme == "http" { 80 } else { 443 };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (host, standard),
        };
        self.to_host(from, host, port)
    }

    /// Traffic to a host, when it is an address, a Service in sight, or a name outside of the cluster.
    pub(super) fn to_host<'p>(
        &'p self,
        from: &End<'p>,
        host: &'p str,
        port: u16,
    ) -> Option<Traffic<'p>> {
        let ConnectionEnd::Pod(pod) = &from.at else {
            return None;
        };
        // Somebody fills it in later.
        if host.is_empty() || host.contains(['$', '{', '[']) {
            return None;
        }
        let outside = |at| {
            let what = format!("`{host}`");
            Traffic::tcp(from, End { what, at }, vec![port..=port])
        };
        if let Ok(address) = host.parse::<IpAddr>() {
            let at = ConnectionEnd::Addresses(Cidr::from(address));
            return is_public(address).then(|| outside(at));
        }
        let mut parts = host.split('.');
        let service = parts.next()?;
        let namespace = match (parts.next(), parts.next()) {
            (None, _) => Some(pod.namespace).filter(|it| !it.is_empty()),
            (Some(namespace), None | Some("svc")) => Some(namespace),
            _ => return Some(outside(ConnectionEnd::Outside)),
        };
        let (to, port) = self.behind(namespace, service, port)?;
        Some(Traffic::tcp(from, to, vec![port..=port]))
    }
}

/// Whether an address is surely what policies see. A private one may be a Service's, which the network
/// translates before or after it evaluates; the pod's own never leaves it.
const fn is_public(address: IpAddr) -> bool {
    let is_own = address.is_loopback() || address.is_unspecified();
    matches!(address, IpAddr::V4(it) if !it.is_private()) && !is_own
}

/// The hosts and ports of Connect servers that the containers of a workload name.
fn connect_servers(member: &Member) -> impl Iterator<Item = (&str, u16)> {
    let template = member.object.pod_template().into_iter();
    let containers = template.flat_map(|it| it.containers());
    let texts = containers.flat_map(|it| texts(it.node));
    texts.filter_map(|it| connect_server(it.as_str()?))
}

/// What a container's program is told.
fn texts(container: &Node) -> impl Iterator<Item = &Node> {
    let variables = container.list_at(["env"]).iter();
    let variables = variables.filter_map(|it| it.get("value"));
    let words = ["command", "args"].into_iter();
    variables.chain(words.flat_map(|field| container.list_at([field])))
}

/// The host and port of the first `sc://HOST:PORT/;OPTIONS` in a text, whether it stands alone or in a
/// script.
fn connect_server(text: &str) -> Option<(&str, u16)> {
    let (_, url) = text.split_once("sc://")?;
    let address = url.split(|it: char| "/;\"' \n".contains(it)).next()?;
    let (host, port) = address.split_once(':').unwrap_or((address, ""));
    let port = match port {
        "" => ports::CONNECT,
        stated => stated.parse().ok()?,
    };
    Some((host, port))
}
