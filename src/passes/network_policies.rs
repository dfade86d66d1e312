//! NetworkPolicies: exactly the flows that the components declared, for exactly the pods that kiln
//! emits or that Spark spawns for it.
//!
//! A flow between two of our workloads appears twice: in the sender's egress and in the receiver's ingress.

use std::collections::{BTreeMap, BTreeSet};

use super::Facts;
use crate::{
    components::Offers,
    document::{Node, Origins},
    kubernetes::{
        Cidr,
        ranges::{self, Range},
    },
    manifests::{Flow, Layer, Manifests, Peer, Pods, Port, WORKLOAD_LABEL, Workload},
    render::{Context, Template, template},
    values::SocketAddress,
};

const POLICY: Template = template!("passes/templates/network-policy.yaml.hbs");

/// Makes one policy for each workload.
pub fn run(manifests: &mut Manifests, Facts { offers, .. }: &Facts<'_>) {
    let workloads = std::mem::take(&mut manifests.workloads);
    let mut flows = std::mem::take(&mut manifests.flows);
    flows.extend(workloads.iter().map(|workload| dns(workload, offers)));
    let clients = manifests.api_server_clients.iter();
    flows.extend(clients.flat_map(|(pods, origins)| api_server(pods, origins, offers)));
    let egress = by_pods(&flows, |flow| (&flow.from, &flow.to));
    let ingress = by_pods(&flows, |flow| (&flow.to, &flow.from));
    // Several flows may lead to the same pods of others.
    let mut others = BTreeSet::new();
    for workload in &workloads {
        if workload.is_of_others && !others.insert(workload.pods.plain()) {
            continue;
        }
        let of = |ends: &Ends<'_>, direction| {
            let peers = ends.get(&workload.pods.plain());
            rules(peers.map_or(&[], Vec::as_slice), direction)
        };
        let (egress, ingress) = (of(&egress, "to"), of(&ingress, "from"));
        let context = Context::new()
            .value("name", &workload.name)
            .value("namespace", &workload.pods.namespace)
            .value("pods", selected(workload))
            .optional("egress", egress)
            .optional("ingress", ingress);
        manifests.render(Layer::Cluster, POLICY, &workload.origins, &context);
    }
    manifests.workloads = workloads;
    manifests.flows = flows;
}

/// Every workload asks for names.
fn dns(workload: &Workload, offers: &Offers) -> Flow {
    Flow {
        from: Peer::Pods(workload.pods.clone()),
        to: offers.cluster().dns.clone(),
        ports: vec![Port::tcp(53), Port::udp(53)],
        origins: workload.origins.clone(),
    }
}

/// The API server is not a pod: its addresses, and the Service's for networks that evaluate a packet before
/// it is translated.
fn api_server(pods: &Pods, origins: &Origins, offers: &Offers) -> Vec<Flow> {
    let api_server = &offers.cluster().api_server;
    let addresses = api_server.endpoints.iter().chain(&api_server.service);
    addresses
        .map(|address| Flow {
            from: Peer::Pods(pods.clone()),
            to: Peer::Addresses(vec![address.map(SocketAddress::block)]),
            ports: vec![Port {
                first: address.map(|it| it.port),
                ..Port::tcp(443)
            }],
            origins: origins.clone(),
        })
        .collect()
}

/// The flows of pods, each with its other end.
type Ends<'a> = BTreeMap<Plain<'a>, Vec<(&'a Flow, &'a Peer)>>;

/// The namespace and the labels of pods, whoever asked for them.
type Plain<'a> = (&'a str, Vec<(&'a str, &'a str)>);

/// Flows by the pods at one of their ends.
fn by_pods(flows: &[Flow], ends: impl Fn(&Flow) -> (&Peer, &Peer)) -> Ends<'_> {
    let mut all = Ends::new();
    for flow in flows {
        if let (Peer::Pods(pods), other) = ends(flow) {
            all.entry(pods.plain()).or_default().push((flow, other));
        }
    }
    all
}

/// The rules of one direction, one for each set of ports, with all peers that use it.
///
/// None rather than an empty list where nothing is allowed: the API server drops an empty list, so
/// every sync would find it missing and write the policy again.
fn rules(flows: &[(&Flow, &Peer)], direction: &str) -> Option<Node> {
    // Ordered by what they say and not by who asked, so that moving a table changes nothing.
    let mut rules: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (flow, peer) in flows {
        let ports = Node::from(flow.ports.iter().map(port).collect::<Vec<_>>());
        let alike = rules.entry(ports.to_json().to_string()).or_default();
        alike.push((ports, *flow, *peer));
    }
    let rules = rules.into_values().map(|flows| rule(flows, direction));
    let rules: Vec<_> = rules.collect();
    (!rules.is_empty()).then(|| rules.into())
}

/// The rule of flows with the same ports.
fn rule(flows: Vec<(Node, &Flow, &Peer)>, direction: &str) -> Node {
    let made_ports: Vec<_> = flows.iter().map(|(_, flow, _)| flow.made_ports()).collect();
    // Those that have the same ports by chance part when one of them gets others.
    let is_chance = made_ports.iter().any(|it| *it != made_ports[0]);
    let mut all_ports = Shared::default();
    let mut peers: BTreeMap<String, Shared> = BTreeMap::new();
    for ((ports, flow, peer), made_ports) in flows.into_iter().zip(&made_ports) {
        all_ports.add(ports, &flow.origins);
        let mut origins = flow.origins.clone();
        if is_chance {
            origins = origins.chosen_by(made_ports);
        }
        for peer in peer_rules(peer, &flow.origins) {
            let known = peers.entry(peer.to_json().to_string()).or_default();
            known.add(peer, &origins);
        }
    }
    let ports = all_ports.into_node();
    let mut rule = Node::map();
    // No ports are all ports.
    if !ports.items().is_empty() {
        rule.insert("ports", ports);
    }
    let peers = peers.into_values().map(Shared::into_node);
    rule.insert(direction, peers.collect::<Vec<_>>());
    rule
}

/// A part of a rule that several flows may ask for.
#[derive(Default)]
struct Shared(Option<(Node, Origins)>);

impl Shared {
    /// Adds that a flow asks for it.
    fn add(&mut self, node: Node, origins: &Origins) {
        match &mut self.0 {
            Some((known, common)) => {
                known.share(&node);
                *common = common.common(origins);
            }
            None => self.0 = Some((node, origins.clone())),
        }
    }

    /// It goes with what all that ask for it have in common.
    fn into_node(self) -> Node {
        let (mut node, common) = self.0.unwrap_or_default();
        node.choose(&common);
        node
    }
}

fn port(port: &Port) -> Node {
    let mut node = Node::map();
    node.insert("protocol", port.protocol);
    node.insert("port", &port.first);
    if let Some(last) = &port.last {
        node.insert("endPort", last);
    }
    node
}

fn peer_rules(peer: &Peer, origins: &Origins) -> Vec<Node> {
    let of_ranges = |ranges: Vec<Range>| {
        let blocks = ranges.iter().map(|Range { all, except }| {
            let all = Node::new(all.to_string(), origins.clone());
            block(all, except, origins)
        });
        blocks.collect()
    };
    match peer {
        Peer::Pods(pods) => {
            let mut namespace = Node::map();
            let mut namespace_labels = Node::map();
            namespace_labels.insert("kubernetes.io/metadata.name", &pods.namespace);
            namespace.insert("matchLabels", namespace_labels);
            let mut node = Node::map();
            node.insert("namespaceSelector", namespace);
            node.insert("podSelector", selector(pods));
            node.origins = origins.clone();
            vec![node]
        }
        Peer::Addresses(blocks) => {
            let blocks = blocks.iter().map(|cidr| block(cidr.into(), &[], origins));
            blocks.collect()
        }
        Peer::Anywhere => of_ranges(ranges::anywhere()),
        Peer::Internet => of_ranges(ranges::internet()),
    }
}

fn block(cidr: Node, except: &[Cidr], origins: &Origins) -> Node {
    let mut inner = Node::map();
    inner.insert("cidr", cidr);
    if !except.is_empty() {
        let except = except
            .iter()
            .map(|it| Node::new(it.to_string(), origins.clone()));
        inner.insert("except", except.collect::<Vec<_>>());
    }
    let mut node = Node::map();
    node.insert("ipBlock", inner);
    node.origins = origins.clone();
    node
}

/// The pods of a workload.
fn selected(workload: &Workload) -> Node {
    let mut selected = selector(&workload.pods);
    if workload.is_of_others {
        let mut foreign = Node::map();
        foreign.insert("key", WORKLOAD_LABEL);
        foreign.insert("operator", "DoesNotExist");
        selected.insert("matchExpressions", vec![foreign]);
    }
    selected
}

/// Empty labels would be dropped by the API server and found missing at every sync; an empty selector
/// stays, and means all pods.
fn selector(pods: &Pods) -> Node {
    let mut selector = Node::map();
    if !pods.labels.is_empty() {
        selector.insert("matchLabels", labels(pods));
    }
    selector
}

fn labels(pods: &Pods) -> Node {
    let mut node = Node::map();
    for (key, value) in &pods.labels {
        node.insert(key, value);
    }
    node
}

impl Flow {
    /// What made its ports.
    fn made_ports(&self) -> Origins {
        let mut origins = Origins::none();
        for port in &self.ports {
            origins.extend(&port.first.origins);
            if let Some(last) = &port.last {
                origins.extend(&last.origins);
            }
        }
        origins
    }
}

impl Pods {
    fn plain(&self) -> Plain<'_> {
        let labels = self.labels.iter();
        let labels = labels.map(|(key, value)| (key.as_str(), value.value.as_str()));
        (&self.namespace.value, labels.collect())
    }
}
