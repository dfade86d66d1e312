//! Who may connect to whom.
//!
//! Rules of network policies name pairs of ends; each pair is then evaluated with all policies, on the ports that
//! its rules name. What passes because no policy is about either end is not in any rule: a node says so itself.
//! What depends on labels that no object states is left out, because nobody knows whether it passes.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    ops::RangeInclusive,
};

use super::{Edge, Maker, Node, Tier, Tone, Topology, makers};
use crate::{
    components::Offers,
    document::{self, Sources},
    graph::Member,
    kubernetes::{
        AddressBlock, Answer, Cidr, Connection, ConnectionEnd, Direction, Identity, Labels,
        Namespaces, Object, Pod, PolicyRule, Protocol, RulePeer, RulePods, RulePort, Verdict,
    },
    manifests::Peer,
    picture::Relation,
    platform::Platform,
};

/// Adds the ends of traffic that are not objects, and which connections get through.
pub(super) fn add(topology: &mut Topology, platform: &Platform<'_>, sources: &Sources) {
    if platform.has_other_policies() {
        topology.notes.push(
            "traffic is not shown: there are policies that Kubernetes does not evaluate itself"
                .to_owned(),
        );
        return;
    }
    let mut ends = Ends::default();
    let objects = topology.objects();
    ends.add_programs(topology, platform, &objects);
    ends.add_workloads(platform, &objects);
    let policies = || platform.of_kind("networking.k8s.io", "NetworkPolicy");
    ends.add_unknown_pods(topology, policies(), sources);
    for end in &ends.list {
        if let ConnectionEnd::Pod(pod) = &end.at {
            topology.nodes[end.node]
                .notes
                .extend(openness(platform, pod));
        }
    }
    let blocks = Blocks::of(policies().map(|it| &it.object));
    let mut pairs: BTreeMap<(usize, usize), BTreeSet<Ports>> = BTreeMap::new();
    for policy in policies() {
        let own = ends.selected(&policy.object);
        for rule in PolicyRule::all(&policy.object) {
            let others = ends.peers(&rule, &blocks, topology, platform.offers);
            for own in &own {
                for other in &others {
                    let (from, to) = match rule.direction {
                        Direction::Egress => (*own, *other),
                        Direction::Ingress => (*other, *own),
                    };
                    let ports = ports(&rule, &ends.list[to].at);
                    pairs.entry((from, to)).or_default().extend(ports);
                }
            }
        }
    }
    let mut open = Open::new();
    for ((from, to), ports) in pairs {
        let [one, other] = [from, to].map(|it| &ends.list[it]);
        if one.node == other.node {
            continue;
        }
        let passes = ports_that_pass(platform, &one.at, &other.at, &ports);
        if !passes.is_empty() {
            open.entry((one.node, other.node))
                .or_default()
                .extend(passes);
        }
    }
    merge_blocks(topology, &ends, &mut open);
    for ((from, to), ports) in open {
        let ports = in_words(&ports);
        topology.edges.push(Edge {
            from,
            to,
            relation: Relation::Traffic,
            label: ports.clone(),
            detail: ports,
        });
    }
    place_outside(topology, &ends);
}

/// Ports of a protocol, from the first to the last.
type Ports = (Protocol, u16, u16);

/// An end of traffic and the node that stands for it.
struct End<'p> {
    node: usize,
    at: ConnectionEnd<'p>,
}

/// The ends of traffic.
#[derive(Default)]
struct Ends<'p> {
    list: Vec<End<'p>>,
    /// The pods in each namespace, by label.
    by_label: BTreeMap<(&'p str, &'p str, &'p str), Vec<usize>>,
    by_namespace: BTreeMap<&'p str, Vec<usize>>,
    /// Pods and addresses that only rules name, by what tells them apart.
    outside: BTreeMap<String, (usize, Outside)>,
}

/// Where a selector finds more kinds of pods than this, one node stands for them all.
const MOST_PODS: usize = 40;

impl<'p> Ends<'p> {
    fn push(&mut self, node: usize, at: ConnectionEnd<'p>) -> usize {
        let end = self.list.len();
        self.list.push(End { node, at });
        end
    }

    fn push_pods(&mut self, node: usize, at: ConnectionEnd<'p>) {
        let end = self.push(node, at.clone());
        let ConnectionEnd::Pod(pod) = at else { return };
        self.by_namespace
            .entry(pod.namespace)
            .or_default()
            .push(end);
        for (key, value) in pod.labels.known() {
            let key = (pod.namespace, key, value);
            self.by_label.entry(key).or_default().push(end);
        }
    }

    /// The pods of what runs Spark: drivers, and executors that are pods of their own.
    fn add_programs(
        &mut self,
        topology: &mut Topology,
        platform: &'p Platform<'_>,
        objects: &BTreeMap<Identity, usize>,
    ) {
        for program in platform.programs() {
            let Some(node) = objects.get(program.member.object.identity()).copied() else {
                continue;
            };
            if let Some(end) = program.driver_pod() {
                self.push_pods(node, end.at);
            }
            let Some(end) = program.executor_pod() else {
                continue;
            };
            let of = &topology.nodes[node];
            let executors = Node {
                name: of.name.clone(),
                kind: "executors".to_owned(),
                title: end.what,
                object: None,
                tone: Tone::Workload,
                notes: Vec::new(),
                ..of.clone()
            };
            let executors = topology.push(executors);
            self.push_pods(executors, end.at);
        }
    }

    /// The pods of all other workloads.
    fn add_workloads(&mut self, platform: &'p Platform<'_>, objects: &BTreeMap<Identity, usize>) {
        let known: BTreeSet<usize> = self.list.iter().map(|it| it.node).collect();
        for member in platform.members() {
            let node = objects.get(member.object.identity());
            if let (Some(node), Some(pod)) = (node, Pod::of(&member.object))
                && !known.contains(node)
            {
                self.push_pods(*node, ConnectionEnd::Pod(pod));
            }
        }
    }

    /// Pods that a policy selects and no object makes.
    fn add_unknown_pods(
        &mut self,
        topology: &mut Topology,
        policies: impl Iterator<Item = &'p Member>,
        sources: &Sources,
    ) {
        for member in policies {
            let policy = &member.object;
            let Some(labels) = labels_of(policy.node().at(["spec", "podSelector"])) else {
                continue;
            };
            if !self.selected(policy).is_empty() {
                continue;
            }
            let identity = policy.identity();
            let namespace = identity.namespace.as_deref().unwrap_or_default();
            let made_by = makers(&member.origins, sources);
            let node = topology.push(Node {
                name: identity.name.clone(),
                kind: "pods".to_owned(),
                title: pods_in_words(Some(namespace), Some(labels)),
                object: None,
                namespace: identity.namespace.clone(),
                place: topology
                    .place_of(&made_by)
                    .unwrap_or(Tier::Layer(member.layer)),
                tone: Tone::Workload,
                made_by,
                notes: vec!["no object of the platform makes these pods".to_owned()],
            });
            self.push_pods(
                node,
                ConnectionEnd::Pod(Pod {
                    namespace,
                    labels: Labels::of(Some(labels)).and_others(),
                    ..Pod::default()
                }),
            );
        }
    }

    /// The pods that a policy selects.
    fn selected(&self, policy: &Object) -> Vec<usize> {
        let namespace = policy.identity().namespace.as_deref().unwrap_or_default();
        let selector = policy.node().at(["spec", "podSelector"]);
        self.matching(namespace, selector)
    }

    fn matching(&self, namespace: &str, selector: Option<&document::Node>) -> Vec<usize> {
        let all = self.by_namespace.get(namespace);
        let Some(selector) = selector else {
            return all.cloned().unwrap_or_default();
        };
        let labels = selector.get("matchLabels").into_iter();
        let mut labels = labels.flat_map(document::Node::entries);
        let asked = labels.find_map(|(key, value)| Some((key.as_str(), value.as_str()?)));
        let candidates = match asked {
            Some((key, value)) => self.by_label.get(&(namespace, key, value)),
            None => all,
        };
        let matches = |end: &&usize| match &self.list[**end].at {
            ConnectionEnd::Pod(pod) => pod.labels.match_selector(selector) == Answer::Yes,
            _ => false,
        };
        candidates
            .into_iter()
            .flatten()
            .filter(matches)
            .copied()
            .collect()
    }

    /// The ends that the peers of a rule name.
    fn peers(
        &mut self,
        rule: &PolicyRule<'p>,
        blocks: &Blocks,
        topology: &mut Topology,
        offers: &Offers,
    ) -> Vec<usize> {
        if rule.is_for_anybody() {
            let anybody = Outside {
                label: "anybody".to_owned(),
                kind: "anywhere".to_owned(),
                key: String::new(),
                called: None,
                what: "anybody".to_owned(),
                namespace: None,
            };
            return vec![self.outside(topology, anybody, ConnectionEnd::Outside)];
        }
        let mut found = Vec::new();
        for peer in rule.peers() {
            match peer {
                RulePeer::Block(block) => {
                    found.extend(self.block(&block, blocks, topology, offers));
                }
                RulePeer::Pods(pods) => found.extend(self.pods(pods, topology, offers)),
            }
        }
        found
    }

    /// Those of the platform among the pods of a peer, or else one end for all of them.
    fn pods(&mut self, peer: RulePods<'p>, topology: &mut Topology, offers: &Offers) -> Vec<usize> {
        let namespace = match peer.namespaces {
            Namespaces::One(name) => Some(name),
            Namespaces::All => None,
            Namespaces::Unknown => return Vec::new(),
        };
        let labels = labels_of(peer.selector);
        if let (Some(namespace), Some(_)) = (namespace, labels) {
            let pods = self.matching(namespace, peer.selector);
            if !pods.is_empty() && pods.len() <= MOST_PODS {
                return pods;
            }
        }
        let Some(known) = peer.labels() else {
            return Vec::new();
        };
        let pods = Pod {
            namespace: namespace.unwrap_or_default(),
            labels: known.and_others(),
            ..Pod::default()
        };
        let is_dns = namespace.is_some_and(|it| is_dns(it, labels, offers));
        let what = pods_in_words(namespace, labels);
        let outside = Outside {
            label: labels.map_or_else(|| "any pod".to_owned(), labels_in_words),
            kind: match namespace {
                Some(namespace) => format!("pods in {namespace}"),
                None => "pods anywhere".to_owned(),
            },
            key: what.clone(),
            called: is_dns.then(|| "DNS".to_owned()),
            what,
            namespace: namespace.map(str::to_owned),
        };
        vec![self.outside(topology, outside, ConnectionEnd::Pod(pods))]
    }

    /// The end that stands for a block of addresses: one address in it that no narrower block has.
    fn block(
        &mut self,
        block: &AddressBlock<'_>,
        blocks: &Blocks,
        topology: &mut Topology,
        offers: &Offers,
    ) -> Option<usize> {
        let AddressBlock { node, cidr, except } = block;
        let address = blocks.representative(*cidr, except)?;
        let text = match except.len() {
            0 => cidr.to_string(),
            1 => format!("{cidr} without one block"),
            count => format!("{cidr} without {count} blocks"),
        };
        let outside = Outside {
            label: text.clone(),
            kind: "addresses".to_owned(),
            key: node.to_json().to_string(),
            called: known_as(*cidr, offers),
            what: text,
            namespace: None,
        };
        let at = ConnectionEnd::Addresses(Cidr::from(address));
        Some(self.outside(topology, outside, at))
    }

    fn outside(
        &mut self,
        topology: &mut Topology,
        outside: Outside,
        at: ConnectionEnd<'p>,
    ) -> usize {
        if let Some((end, _)) = self.outside.get(&outside.key) {
            return *end;
        }
        let node = topology.push(Node {
            name: outside.called.clone().unwrap_or(outside.label.clone()),
            kind: outside.kind.clone(),
            title: outside.title(&[]),
            object: None,
            namespace: outside.namespace.clone(),
            place: Tier::Outside,
            tone: Tone::Outside,
            made_by: Vec::new(),
            notes: Vec::new(),
        });
        let end = self.push(node, at);
        self.outside.insert(outside.key.clone(), (end, outside));
        end
    }
}

/// An end that only rules name.
#[derive(Clone)]
struct Outside {
    /// What stands in its box.
    label: String,
    kind: String,
    /// What tells it from others.
    key: String,
    /// What the spec calls it.
    called: Option<String>,
    /// What it is called in a sentence.
    what: String,
    namespace: Option<String>,
}

impl Outside {
    /// What it and others that are the same to policies are called.
    fn title(&self, others: &[&Self]) -> String {
        let all = std::iter::once(self).chain(others.iter().copied());
        let all = all
            .map(|it| it.what.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        match &self.called {
            Some(name) => format!("{name} ({all})"),
            None => all,
        }
    }
}

/// The labels that a selector asks for; none where it selects everything.
fn labels_of(selector: Option<&document::Node>) -> Option<&document::Node> {
    let labels = selector?.get("matchLabels")?;
    labels.entries().next().is_some().then_some(labels)
}

fn labels_in_words(labels: &document::Node) -> String {
    let labels = labels.entries();
    let labels = labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    labels.collect::<Vec<_>>().join(", ")
}

fn pods_in_words(namespace: Option<&str>, labels: Option<&document::Node>) -> String {
    let place = namespace.map_or_else(|| "any namespace".to_owned(), ToOwned::to_owned);
    match labels {
        Some(labels) => format!("pods in {place} with {}", labels_in_words(labels)),
        None => format!("any pod in {place}"),
    }
}

fn is_dns(namespace: &str, labels: Option<&document::Node>, offers: &Offers) -> bool {
    let Some(Peer::Pods(pods)) = offers.cluster.as_ref().map(|it| &it.dns) else {
        return false;
    };
    let asked = labels.into_iter().flat_map(document::Node::entries);
    let asked: BTreeSet<_> = asked
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .collect();
    let known = pods
        .labels
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    *pods.namespace == namespace && known.collect::<BTreeSet<_>>() == asked
}

/// What the spec calls a block of addresses.
fn known_as(block: Cidr, offers: &Offers) -> Option<String> {
    let server = offers.cluster.as_ref().map(|it| &it.api_server);
    let addresses = server
        .into_iter()
        .flat_map(|it| it.endpoints.iter().chain(&it.service));
    if addresses
        .into_iter()
        .any(|it| Cidr::from(it.address) == block)
    {
        return Some("API server".to_owned());
    }
    let names = |peer: &Peer| match peer {
        Peer::Addresses(blocks) => blocks.iter().any(|it| it.parse() == Ok(block)),
        _ => false,
    };
    let store = offers.object_store.as_ref().filter(|it| names(&it.peer));
    let store = store.map(|_| "object store".to_owned());
    let mut endpoints = offers.endpoints.iter();
    store.or_else(|| {
        endpoints
            .find(|(_, it)| names(&it.peer))
            .map(|(name, _)| name.clone())
    })
}

/// The blocks of addresses that policies name.
struct Blocks(Vec<Cidr>);

impl Blocks {
    fn of<'p>(policies: impl Iterator<Item = &'p Object>) -> Self {
        let rules = policies.flat_map(PolicyRule::all);
        let mut blocks: Vec<_> = rules.flat_map(|it| it.blocks()).map(|it| it.cidr).collect();
        blocks.sort_by_key(|it: &Cidr| (it.address(), it.to_string()));
        blocks.dedup();
        Self(blocks)
    }

    /// An address of a block that is in none that it excepts, and where there is one in none that is narrower.
    fn representative(&self, block: Cidr, without: &[Cidr]) -> Option<IpAddr> {
        let is_narrower = |it: &&Cidr| block.contains(**it) && !it.contains(block);
        let narrower: Vec<_> = self
            .0
            .iter()
            .filter(is_narrower)
            .chain(without)
            .copied()
            .collect();
        let first = |avoided: &[Cidr]| {
            let start = block.trimmed().address();
            let behind = avoided.iter().filter_map(|it| it.next());
            let mut candidates = std::iter::once(start).chain(behind);
            candidates.find(|it| {
                let alone = Cidr::from(*it);
                block.contains(alone) && !avoided.iter().any(|it| it.contains(alone))
            })
        };
        first(&narrower).or_else(|| first(without))
    }
}

/// The ports of a rule, as whoever listens numbers them.
fn ports(rule: &PolicyRule<'_>, to: &ConnectionEnd<'_>) -> Vec<Ports> {
    let numbered = |port| match port {
        RulePort::Numbers(protocol, first, last) => Some((protocol, first, last)),
        RulePort::Named(protocol, name) => {
            let ConnectionEnd::Pod(pod) = to else {
                return None;
            };
            let mut ports = pod.ports.iter();
            let named = ports.find(|it| it.name == name && it.protocol == protocol)?;
            Some((protocol, named.number, named.number))
        }
    };
    rule.ports().into_iter().filter_map(numbered).collect()
}

/// Those of some ports on which connections get through, and of which two rules share a part, that part.
fn ports_that_pass<'p>(
    platform: &Platform<'_>,
    from: &ConnectionEnd<'p>,
    to: &ConnectionEnd<'p>,
    ports: &BTreeSet<Ports>,
) -> BTreeSet<Ports> {
    let mut asked = ports.clone();
    for one in ports {
        for other in ports {
            let (first, last) = (one.1.max(other.1), one.2.min(other.2));
            if one.0 == other.0 && first <= last {
                asked.insert((one.0, first, last));
            }
        }
    }
    let passes = |(protocol, first, last): &Ports| {
        let connection = Connection {
            from: from.clone(),
            to: to.clone(),
            protocol: *protocol,
            ports: RangeInclusive::new(*first, *last),
        };
        platform.network_policies().evaluate(&connection) == Verdict::Allowed
    };
    asked.into_iter().filter(passes).collect()
}

/// Ports as people write them: `15002, 7078-7079, 53/UDP`.
fn in_words(ports: &BTreeSet<Ports>) -> String {
    let mut folded: Vec<Ports> = Vec::new();
    for (protocol, first, last) in ports {
        match folded.last_mut() {
            Some(before)
                if before.0 == *protocol && u32::from(*first) <= u32::from(before.2) + 1 =>
            {
                before.2 = before.2.max(*last);
            }
            _ => folded.push((*protocol, *first, *last)),
        }
    }
    // Whoever asks for names may do so over either.
    let both: Vec<_> = folded.iter().map(|it| (it.1, it.2)).collect();
    let words = folded.iter().filter_map(|(protocol, first, last)| {
        let is_of_both = both.iter().filter(|it| **it == (*first, *last)).count() > 1;
        let range = match (*first, *last) {
            (1, u16::MAX) => "all ports".to_owned(),
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}-{last}"),
        };
        match *protocol {
            Protocol::Tcp => Some(range),
            _ if is_of_both => None,
            protocol => Some(format!("{range}/{protocol}")),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

/// What a pod permits that no policy is about.
fn openness(platform: &Platform<'_>, pod: &Pod<'_>) -> Vec<String> {
    let is_open = |direction| platform.network_policies().select(pod, direction) == Answer::No;
    let open = [
        (Direction::Ingress, "no policy limits who connects to it"),
        (Direction::Egress, "no policy limits where it connects to"),
    ];
    let open = open
        .into_iter()
        .filter(|(direction, _)| is_open(*direction));
    open.map(|(_, words)| words.to_owned()).collect()
}

type Open = BTreeMap<(usize, usize), BTreeSet<Ports>>;

/// Lets one node stand for blocks of addresses that have the same name, or no name and the same connections.
fn merge_blocks(topology: &mut Topology, ends: &Ends<'_>, open: &mut Open) {
    let outside = ends.outside.values();
    let blocks = outside.map(|(end, outside)| (&ends.list[*end], outside));
    let blocks = blocks.filter(|(end, _)| matches!(end.at, ConnectionEnd::Addresses(_)));
    let blocks: BTreeMap<usize, &Outside> = blocks.map(|(end, it)| (end.node, it)).collect();
    let mut connections: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for ((from, to), ports) in open.iter() {
        for (block, other, sends) in [(*from, *to, true), (*to, *from, false)] {
            if blocks.contains_key(&block) {
                let of_block = connections.entry(block).or_default();
                of_block.push((other, sends, ports.clone()));
            }
        }
    }
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (block, of_block) in connections {
        let called = &blocks[&block].called;
        let of_block = if called.is_some() {
            Vec::new()
        } else {
            of_block
        };
        alike.entry((called, of_block)).or_default().push(block);
    }
    let mut stands_for = BTreeMap::new();
    for same in alike.values().filter(|it| it.len() > 1) {
        let (first, rest) = (same[0], &same[1..]);
        let others: Vec<_> = rest.iter().map(|it| blocks[it]).collect();
        let node = &mut topology.nodes[first];
        node.title = blocks[&first].title(&others);
        if blocks[&first].called.is_none() {
            node.name = format!("{} and {} more", node.name, rest.len());
        }
        stands_for.extend(rest.iter().map(|it| (*it, first)));
    }
    for ((from, to), ports) in std::mem::take(open) {
        let stands = |it: usize| stands_for.get(&it).copied().unwrap_or(it);
        open.entry((stands(from), stands(to)))
            .or_default()
            .extend(ports);
    }
}

/// What only connects stands before the platform; what nothing connects with goes.
fn place_outside(topology: &mut Topology, ends: &Ends<'_>) {
    let traffic = topology
        .edges
        .iter()
        .filter(|it| it.relation == Relation::Traffic);
    let (senders, receivers): (BTreeSet<usize>, BTreeSet<usize>) =
        traffic.map(|it| (it.from, it.to)).unzip();
    for (end, _) in ends.outside.values() {
        let node = ends.list[*end].node;
        if senders.contains(&node) && !receivers.contains(&node) {
            topology.nodes[node].place = Tier::Callers;
        }
    }
    let is_gone = |node: usize| !senders.contains(&node) && !receivers.contains(&node);
    let outside = ends.outside.values();
    let outside = outside.map(|(end, _)| ends.list[*end].node);
    let gone: BTreeSet<usize> = outside.filter(|it| is_gone(*it)).collect();
    topology.remove(&gone);
}

impl Topology {
    /// Where the last of what some tables ask for is applied.
    fn place_of(&self, made_by: &[Maker]) -> Option<Tier> {
        let nodes = self.nodes.iter().filter(|it| it.made_by == made_by);
        let places = nodes.map(|it| it.place);
        places.filter(|it| matches!(it, Tier::Layer(_))).max()
    }

    /// Takes away nodes that nothing connects.
    fn remove(&mut self, gone: &BTreeSet<usize>) {
        let left = |it: usize| it - gone.range(..it).count();
        for edge in &mut self.edges {
            (edge.from, edge.to) = (left(edge.from), left(edge.to));
        }
        let mut at = 0;
        self.nodes.retain(|_| {
            at += 1;
            !gone.contains(&(at - 1))
        });
    }
}
