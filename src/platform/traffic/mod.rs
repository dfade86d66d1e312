//! The traffic that Spark cannot work without, as far as both ends are in sight.
//!
//! Both ends are read from the objects, so that it also holds for manifests that kiln has never seen.
//! What nobody states, such as the address of a store outside, is evaluated by no policy.

mod cluster;
mod pods;
mod services;
mod spark;
mod tokens;
mod urls;

use std::ops::RangeInclusive;

use super::Platform;
use crate::{
    graph::Member,
    kubernetes::{Connection, ConnectionEnd, Pod, Protocol},
};

pub(super) use services::PodsByLabel;
pub use services::target_port;

/// A reason for which pods talk to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Executors and their driver.
    Driver,
    /// Blocks of data: between executors, and from the driver to them.
    Blocks,
    /// Whoever reads or writes data, and the object store.
    Store,
    /// Whoever reads or writes data, and those who exchange the tokens of their pods.
    Tokens,
    /// Names of hosts.
    Names,
    /// Drivers and the operator, and the API server.
    ApiServer,
    /// Clients of Spark Connect, and its server.
    Connect,
    /// The API server, and the webhooks that it asks.
    Webhook,
    /// A standalone cluster: its master, its workers and its drivers.
    Master,
}

/// Connections that one end opens to another.
#[derive(Clone, Debug)]
pub struct Traffic<'p> {
    /// Who opens them.
    pub from: End<'p>,
    /// Who listens.
    pub to: End<'p>,
    /// The protocol.
    pub protocol: Protocol,
    /// The ports of the listening pods. A range where the port is random, so that all have to be open.
    pub ports: Vec<RangeInclusive<u16>>,
}

/// An end of traffic.
#[derive(Clone, Debug)]
pub struct End<'p> {
    /// In words, such as `the executors of Deployment/jobs/analytics`.
    pub what: String,
    /// As policies see it.
    pub at: ConnectionEnd<'p>,
}

impl<'p> Traffic<'p> {
    /// The connections, for each of the ports.
    pub fn connections(&self) -> impl Iterator<Item = Connection<'p>> {
        self.ports.iter().map(|ports| Connection {
            from: self.from.at.clone(),
            to: self.to.at.clone(),
            protocol: self.protocol,
            ports: ports.clone(),
        })
    }

    fn tcp(from: &End<'p>, to: End<'p>, ports: Vec<RangeInclusive<u16>>) -> Self {
        Self {
            from: from.clone(),
            to,
            protocol: Protocol::Tcp,
            ports,
        }
    }
}

impl Platform<'_> {
    /// The traffic for a purpose, between ends of which policies may evaluate at least one. None where
    /// policies of another kind are in sight, which may let through what these block.
    #[must_use]
    pub fn traffic(&self, purpose: Purpose) -> Vec<Traffic<'_>> {
        if self.has_other_policies() {
            return Vec::new();
        }
        let programs = self.programs().iter();
        let mut traffic: Vec<_> = match purpose {
            Purpose::Driver => programs.flat_map(|it| self.to_driver(it)).collect(),
            Purpose::Blocks => programs.flat_map(|it| self.to_executors(it)).collect(),
            Purpose::Store => self.to_stores(),
            Purpose::Tokens => programs.flat_map(|it| self.to_tokens(it)).collect(),
            Purpose::Names => self.to_names(),
            Purpose::ApiServer => self.to_api_server(),
            Purpose::Connect => self.to_connect(),
            Purpose::Webhook => self.to_webhooks(),
            Purpose::Master => programs.flat_map(|it| self.to_master(it)).collect(),
        };
        traffic.retain(|it| self.is_evaluated(&it.from) || self.is_evaluated(&it.to));
        traffic
    }

    /// Whether there are policies that Kubernetes itself does not know, such as those of Cilium or Calico.
    #[must_use]
    pub fn has_other_policies(&self) -> bool {
        self.members().any(|it| {
            let identity = it.object.identity();
            identity.kind.ends_with("NetworkPolicy") && identity.group != "networking.k8s.io"
        })
    }

    fn is_evaluated(&self, end: &End<'_>) -> bool {
        matches!(&end.at, ConnectionEnd::Pod(pod) if self.network_policies().are_in(pod.namespace))
    }
}

/// The pods of a workload.
pub(super) fn workload(member: &Member) -> Option<End<'_>> {
    Some(End {
        what: member.object.identity().to_string(),
        at: ConnectionEnd::Pod(Pod::of(&member.object)?),
    })
}
