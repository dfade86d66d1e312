//! Whether NetworkPolicies (`networking.k8s.io/v1`) let a connection through.
//!
//! A connection needs two permissions: of its sender, as egress, and of its receiver, as ingress. A
//! pod that no policy selects for a direction permits everything in that direction; a selected one
//! permits what any of the policies that select it permits. Answers need no rule of their own.
//! <https://kubernetes.io/docs/concepts/services-networking/network-policies/>
//!
//! What the specification leaves to the network is [`Verdict::Unknown`]: pods on the host's network,
//! and blocks of addresses for pods. Two exceptions are left to callers, because templates do not
//! say where a pod will run: traffic of a pod with itself, and with its own node, always passes.
//! Addresses are those that a policy sees. Whether that is before or after the translation of a
//! Service's address is the network's choice; callers ask for both.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive};

use super::{Answer, Cidr, ContainerRole, Labels, Object, PodTemplate, Selectors};
use crate::document::{Node, Value};

/// The label with its name that every namespace carries.
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// NetworkPolicies, and the namespaces whose labels they select by.
///
/// Objects that name no namespace share one of their own: that of whoever applies them.
#[derive(Clone, Debug, Default)]
pub struct NetworkPolicies<'a> {
    policies: BTreeMap<&'a str, OfNamespace<'a>>,
    namespaces: BTreeMap<&'a str, Labels<'a>>,
}

/// The policies of a namespace, and which pods they select.
#[derive(Clone, Debug, Default)]
struct OfNamespace<'a> {
    policies: Vec<&'a Object>,
    selectors: Selectors,
}

/// Connections that one end opens to another, on one port or on a range of ports.
#[derive(Clone, Debug)]
pub struct Connection<'a> {
    /// Who opens it.
    pub from: ConnectionEnd<'a>,
    /// Who listens.
    pub to: ConnectionEnd<'a>,
    /// The protocol.
    pub protocol: Protocol,
    /// The ports on which the receiver listens: the pod's own, not those of a Service.
    pub ports: RangeInclusive<u16>,
}

/// An end of a connection.
#[derive(Clone, Debug)]
pub enum ConnectionEnd<'a> {
    /// A pod of the cluster.
    Pod(Pod<'a>),
    /// Some address of a block outside of the cluster's pods, whichever it is.
    Addresses(Cidr),
    /// Something outside of the cluster whose address nobody knows, such as a host's name.
    Outside,
}

/// A pod, as policies see it.
#[derive(Clone, Debug, Default)]
pub struct Pod<'a> {
    /// The namespace; empty for that of whoever applies the object.
    pub namespace: &'a str,
    /// The labels.
    pub labels: Labels<'a>,
    /// The ports that its containers name.
    pub ports: Vec<NamedPort<'a>>,
    /// Whether it shares its node's network.
    pub host_network: bool,
}

/// A port of a container, as policies may name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedPort<'a> {
    /// The name.
    pub name: &'a str,
    /// The protocol.
    pub protocol: Protocol,
    /// The number.
    pub number: u16,
}

/// A protocol that policies evaluate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP, also where nothing is said.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// A direction, from the pod that a policy selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the pod.
    Egress,
    /// To the pod.
    Ingress,
}

/// Whether a connection gets through.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<'a> {
    /// It does, on all its ports.
    Allowed,
    /// It depends on the network, or on what nobody stated.
    Unknown,
    /// It does not, whatever is unknown.
    Blocked {
        /// The first ports in a row that are blocked for these reasons.
        ports: RangeInclusive<u16>,
        /// The sides that block it: one or both.
        by: Vec<Denial<'a>>,
    },
}

/// What permits a connection, on one of its sides.
#[derive(Clone, Debug)]
pub struct Permission<'a> {
    /// The policy.
    pub policy: &'a Object,
    /// The peer and the ports of its rule that name the connection; none where the rule is for all.
    pub parts: Vec<&'a Node>,
}

/// One side's refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Denial<'a> {
    /// The direction: the sender's egress, or the receiver's ingress.
    pub direction: Direction,
    /// All policies that surely select that side's pod in this direction. None allows the connection.
    pub policies: Vec<&'a Object>,
}

impl<'a> NetworkPolicies<'a> {
    /// Takes policies and namespaces from objects, and leaves all others.
    pub fn new(objects: impl IntoIterator<Item = &'a Object>) -> Self {
        let mut all = Self::default();
        for object in objects {
            let identity = object.identity();
            match (identity.group.as_str(), identity.kind.as_str()) {
                ("networking.k8s.io", "NetworkPolicy") => {
                    let of_namespace = all.policies.entry(namespace(object)).or_default();
                    of_namespace.policies.push(object);
                    let selector = ["spec", "podSelector", "matchLabels"];
                    of_namespace.selectors.push(object.node().at(selector));
                }
                ("", "Namespace") => {
                    let mut labels = Labels::of(object.node().at(["metadata", "labels"]));
                    labels.insert(NAMESPACE_NAME, &identity.name);
                    all.namespaces.insert(&identity.name, labels);
                }
                _ => {}
            }
        }
        all
    }

    /// Whether any policy lies in a namespace. Without one, its pods permit everything.
    #[must_use]
    pub fn are_in(&self, namespace: &str) -> bool {
        self.policies.contains_key(namespace)
    }

    /// Whether any policy selects a pod of its namespace in a direction, as far as that is known.
    #[must_use]
    pub fn select(&self, pod: &Pod<'_>, direction: Direction) -> Answer {
        let policies = self.that_may_select(pod);
        Answer::any(policies.map(|it| selects(it, pod, direction)))
    }

    /// Whether surely nothing passes to or from a pod, not even a question for a name: policies select it
    /// in both directions, and none that may select it has a rule.
    #[must_use]
    pub fn cut_off(&self, pod: &Pod<'_>) -> bool {
        let lets_through = |direction| {
            let mut policies = self.that_may_select(pod);
            policies.any(|it| {
                selects(it, pod, direction) != Answer::No && !rules(it, direction).is_empty()
            })
        };
        let directions = [Direction::Egress, Direction::Ingress];
        let is_cut_off =
            |direction| self.select(pod, direction) == Answer::Yes && !lets_through(direction);
        !pod.host_network && directions.into_iter().all(is_cut_off)
    }

    /// Whether all pods of a namespace, known or not, are closed in a direction but for what rules let through: a
    /// policy surely selects them all, and none that does opens everything.
    #[must_use]
    pub fn close(&self, namespace: &str, direction: Direction) -> bool {
        let any = Pod {
            namespace,
            labels: Labels::default().and_others(),
            ..Pod::default()
        };
        let policies = self.that_may_select(&any);
        let policies = policies.filter(|it| selects(it, &any, direction) == Answer::Yes);
        let policies: Vec<_> = policies.collect();
        let opens = |policy: &Object| {
            let is_empty = |rule: &Node, list: &str| rule.list_at([list]).is_empty();
            let mut rules = rules(policy, direction).iter();
            rules.any(|it| is_empty(it, direction.peers()) && is_empty(it, "ports"))
        };
        !policies.is_empty() && !policies.into_iter().any(opens)
    }

    /// The policies of a pod's namespace but for those that surely do not select it.
    fn that_may_select(&self, pod: &Pod<'_>) -> impl Iterator<Item = &'a Object> {
        let of_namespace = self.policies.get(pod.namespace).into_iter();
        of_namespace.flat_map(|it| {
            let candidates = it.selectors.candidates(&pod.labels).into_iter();
            candidates.map(|at| it.policies[at])
        })
    }

    /// Whether anybody at all may connect to a TCP port of a pod: no policy selects the pod, or one that
    /// may select it has a rule for the port.
    #[must_use]
    pub fn admit_anybody(&self, pod: &Pod<'_>, port: u16) -> bool {
        let connection = Connection {
            from: ConnectionEnd::Outside,
            to: ConnectionEnd::Pod(pod.clone()),
            protocol: Protocol::Tcp,
            ports: port..=port,
        };
        let side = self.side(Direction::Ingress, &connection);
        let policies = side.policies.iter();
        let mut rules = policies.flat_map(|(policy, _)| rules(policy, Direction::Ingress));
        side.policies.is_empty()
            || rules.any(|rule| {
                let ports = rule.list_at(["ports"]);
                ports.is_empty()
                    || ports
                        .iter()
                        .any(|it| is_port(it, &connection, port) != Answer::No)
            })
    }

    /// What surely keeps a pod from something out of sight. Of a pod behind a Service nobody knows the port
    /// on which it listens, and where its namespace is empty, not even that; of a host outside nobody
    /// knows the address, which is none of `others`.
    #[must_use]
    pub fn confine(
        &self,
        pod: &Pod<'_>,
        to: &ConnectionEnd<'_>,
        port: u16,
        others: &[Cidr],
    ) -> Option<Denial<'a>> {
        let connection = Connection {
            from: ConnectionEnd::Pod(pod.clone()),
            to: to.clone(),
            protocol: Protocol::Tcp,
            ports: port..=port,
        };
        let side = self.side(Direction::Egress, &connection);
        let sure = side.policies.iter().filter(|(_, it)| *it == Answer::Yes);
        let sure: Vec<_> = sure.map(|(policy, _)| *policy).collect();
        let mut rules = side.policies.iter().flat_map(|(policy, _)| {
            rules(policy, Direction::Egress)
                .iter()
                .map(|it| (*policy, it))
        });
        let is_open = rules.any(|(policy, rule)| side.may_lead_to(to, rule, policy, port, others));
        (!sure.is_empty() && !is_open && !pod.host_network).then_some(Denial {
            direction: Direction::Egress,
            policies: sure,
        })
    }

    /// Whether a connection gets through. Of a range it does when every port does; it is blocked
    /// when any port is.
    #[must_use]
    pub fn evaluate(&self, connection: &Connection<'_>) -> Verdict<'a> {
        let sides = [
            self.side(Direction::Egress, connection),
            self.side(Direction::Ingress, connection),
        ];
        let starts = starts(&sides, connection);
        let mut verdict = Verdict::Allowed;
        for (at, start) in starts.iter().enumerate() {
            let end = starts
                .get(at + 1)
                .map_or(*connection.ports.end(), |next| next - 1);
            let answers = sides.each_ref().map(|side| side.permits(*start));
            let by = sides.iter().zip(answers);
            let by: Vec<_> = by
                .filter(|(_, answer)| *answer == Answer::No)
                .map(|(side, _)| side.blockade())
                .collect();
            match &mut verdict {
                Verdict::Blocked { ports, by: before } if *before == by => {
                    *ports = *ports.start()..=end;
                }
                Verdict::Blocked { .. } => break,
                _ if !by.is_empty() => {
                    verdict = Verdict::Blocked {
                        ports: *start..=end,
                        by,
                    };
                }
                _ if answers.contains(&Answer::Unknown) => verdict = Verdict::Unknown,
                _ => {}
            }
        }
        verdict
    }

    /// What lets a connection through on its first port: of either end the parts of rules that surely name it, or
    /// those that may where none does.
    #[must_use]
    pub fn permissions(&self, connection: &Connection<'_>) -> Vec<Permission<'a>> {
        let port = *connection.ports.start();
        let mut found = Vec::new();
        for direction in [Direction::Egress, Direction::Ingress] {
            let side = self.side(direction, connection);
            let policies = side.policies.iter().map(|(policy, _)| *policy);
            let rules =
                policies.flat_map(|it| rules(it, direction).iter().map(move |rule| (it, rule)));
            let permissions =
                rules.flat_map(|(policy, rule)| side.parts_that_permit(rule, policy, port));
            let permissions: Vec<_> = permissions.collect();
            let best = permissions.iter().map(|(answer, _)| *answer).max();
            let best = permissions
                .into_iter()
                .filter(|(answer, _)| Some(*answer) == best);
            found.extend(best.map(|(_, it)| it));
        }
        found
    }

    fn side<'c>(&'c self, direction: Direction, connection: &'c Connection<'c>) -> Side<'a, 'c> {
        let (own, other) = match direction {
            Direction::Egress => (&connection.from, &connection.to),
            Direction::Ingress => (&connection.to, &connection.from),
        };
        let policies = match own {
            // No policy selects what is not a pod.
            ConnectionEnd::Addresses(_) | ConnectionEnd::Outside => Vec::new(),
            ConnectionEnd::Pod(pod) => {
                let policies = self.that_may_select(pod);
                let policies = policies.map(|it| (it, selects(it, pod, direction)));
                policies.filter(|(_, it)| *it != Answer::No).collect()
            }
        };
        Side {
            all: self,
            direction,
            policies,
            other,
            connection,
        }
    }

    /// The labels of a namespace. Of one that no object describes only the name is known.
    fn match_namespace(&self, name: &str, selector: &Node) -> Answer {
        if let Some(labels) = self.namespaces.get(name) {
            return labels.match_selector(selector);
        }
        let known = [(NAMESPACE_NAME, name)].into_iter();
        let known = known.filter(|(_, name)| !name.is_empty());
        let labels = known.collect::<Labels<'_>>().and_others();
        labels.match_selector(selector)
    }
}

/// Addresses to which a policy lets its pods connect.
#[derive(Clone, Copy, Debug)]
pub enum Opened<'a> {
    /// A block of them, as a rule states it.
    Block(&'a Node),
    /// All of them: the rule names no receiver.
    Everything(&'a Node),
}

/// The addresses to which a policy lets its pods connect on a TCP port.
pub fn opened(policy: &Object, port: u16) -> impl Iterator<Item = Opened<'_>> {
    let connection = Connection {
        from: ConnectionEnd::Outside,
        to: ConnectionEnd::Outside,
        protocol: Protocol::Tcp,
        ports: port..=port,
    };
    let opens_port = move |rule: &&Node| {
        let ports = rule.list_at(["ports"]);
        let is_port = |it| is_port(it, &connection, port) != Answer::No;
        ports.is_empty() || ports.iter().any(is_port)
    };
    let applies = applies(policy, Direction::Egress);
    let rules = rules(policy, Direction::Egress).iter();
    let rules = rules.filter(move |_| applies).filter(opens_port);
    rules.flat_map(|rule| {
        let peers = rule.list_at(["to"]);
        let everything = peers.is_empty().then_some(Opened::Everything(rule));
        let blocks = peers.iter().filter_map(|it| it.get("ipBlock"));
        everything.into_iter().chain(blocks.map(Opened::Block))
    })
}

/// Whether a policy is about a direction.
fn applies(policy: &Object, direction: Direction) -> bool {
    let spec = policy.node().get("spec");
    let types = spec.map_or(&[][..], |it| it.list_at(["policyTypes"]));
    match direction {
        // An empty list is none: the API server fills in the default for both.
        Direction::Ingress if types.is_empty() => true,
        Direction::Egress if types.is_empty() => !rules(policy, direction).is_empty(),
        _ => types.iter().any(|it| it.as_str() == Some(direction.name())),
    }
}

/// Whether a policy selects a pod of its namespace for a direction.
fn selects(policy: &Object, pod: &Pod<'_>, direction: Direction) -> Answer {
    if !applies(policy, direction) {
        return Answer::No;
    }
    let spec = policy.node().get("spec");
    // An absent selector is an empty one, as in every field that is not a pointer.
    let selector = spec.and_then(|it| it.get("podSelector"));
    selector.map_or(Answer::Yes, |it| pod.labels.match_selector(it))
}

pub(super) fn rules(policy: &Object, direction: Direction) -> &[Node] {
    policy.node().list_at(["spec", direction.rules()])
}

fn namespace(object: &Object) -> &str {
    object.identity().namespace.as_deref().unwrap_or_default()
}

/// The first ports of those parts of a range in which all ports are alike.
fn starts(sides: &[Side<'_, '_>], connection: &Connection<'_>) -> Vec<u16> {
    let first = *connection.ports.start();
    let mut starts = vec![first];
    if first == *connection.ports.end() {
        return starts;
    }
    let mut add = |first: i64, last: i64| {
        for start in [first, last.saturating_add(1)] {
            starts.extend(u16::try_from(start));
        }
    };
    if let ConnectionEnd::Pod(pod) = &connection.to {
        for port in &pod.ports {
            add(port.number.into(), port.number.into());
        }
    }
    for side in sides {
        let policies = side.policies.iter();
        let rules = policies.flat_map(|(policy, _)| rules(policy, side.direction));
        for port in rules.flat_map(|rule| rule.list_at(["ports"])) {
            if let Some(first) = port.get("port").and_then(Node::as_integer) {
                add(first, last_port(port, first));
            }
        }
    }
    starts.retain(|it| connection.ports.contains(it));
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// The last port of a rule's numeric ports.
pub(super) fn last_port(port: &Node, first: i64) -> i64 {
    let last = port.get("endPort").and_then(Node::as_integer);
    last.unwrap_or(first)
}

/// The other end of a connection, as one policy sees it.
#[derive(Clone, Copy)]
enum Other<'c> {
    Pod(&'c Pod<'c>),
    Addresses(Cidr),
}

/// One end's part in a connection.
struct Side<'a, 'c> {
    all: &'c NetworkPolicies<'a>,
    direction: Direction,
    /// The policies that select the pod of this side, surely or perhaps.
    policies: Vec<(&'a Object, Answer)>,
    /// The other end.
    other: &'c ConnectionEnd<'c>,
    connection: &'c Connection<'c>,
}

impl<'a> Side<'a, '_> {
    /// Whether this side permits the connection on a port.
    fn permits(&self, port: u16) -> Answer {
        if self.policies.is_empty() {
            return Answer::Yes;
        }
        // The specification leaves these pods to the network: it may take their traffic for that of
        // their node, and a node always reaches its own pods.
        let ends = [&self.connection.from, &self.connection.to];
        if ends.iter().any(|it| it.is_on_host_network()) {
            return Answer::Unknown;
        }
        match self.other {
            ConnectionEnd::Pod(pod) => self.policies_permit(Other::Pod(pod), port),
            ConnectionEnd::Addresses(block) => self.policies_permit(Other::Addresses(*block), port),
            ConnectionEnd::Outside => {
                let families = [Cidr::ALL_IPV4, Cidr::ALL_IPV6].map(Other::Addresses);
                let [ipv4, ipv6] = families.map(|it| self.policies_permit(it, port));
                if ipv4 == ipv6 { ipv4 } else { Answer::Unknown }
            }
        }
    }

    fn policies_permit(&self, other: Other<'_>, port: u16) -> Answer {
        let permit = |(policy, _): &&(&'a Object, Answer)| {
            let rules = rules(policy, self.direction).iter();
            Answer::any(rules.map(|rule| self.rule_permits(rule, policy, other, port)))
        };
        let (sure, possible): (Vec<_>, Vec<_>) = self
            .policies
            .iter()
            .partition(|(_, selects)| *selects == Answer::Yes);
        let of_possible: Vec<_> = possible.iter().map(permit).collect();
        if sure.is_empty() {
            // The pod may be selected by none of these, or by any one of them alone.
            return Answer::all(of_possible).max(Answer::Unknown);
        }
        match Answer::any(sure.iter().map(permit)) {
            // A policy that may select the pod may permit what the others do not.
            Answer::No => Answer::any(of_possible).min(Answer::Unknown),
            answer => answer,
        }
    }

    /// Whether a rule of egress may lead to something out of sight.
    fn may_lead_to(
        &self,
        to: &ConnectionEnd<'_>,
        rule: &Node,
        policy: &Object,
        port: u16,
        others: &[Cidr],
    ) -> bool {
        let ports = rule.list_at(["ports"]);
        let peers = rule.list_at(["to"]);
        let is_port = ports.is_empty()
            || ports
                .iter()
                .any(|it| is_port(it, self.connection, port) != Answer::No);
        let may_be = |peer: &Node| match (to, peer.get("ipBlock")) {
            (ConnectionEnd::Addresses(addresses), Some(block)) => {
                is_port && in_block(*addresses, block) != Answer::No
            }
            (_, Some(block)) => {
                let cidr = block.str_at(["cidr"]).and_then(|it| it.parse().ok());
                is_port && cidr.is_none_or(|it| !others.contains(&it))
            }
            (ConnectionEnd::Pod(pod), None) => {
                let is_pod = self.is_peer(peer, policy, Other::Pod(pod)) != Answer::No;
                is_pod && (is_port || !pod.namespace.is_empty())
            }
            (_, None) => false,
        };
        peers.is_empty() && is_port || peers.iter().any(may_be)
    }

    /// Whether a rule permits the connection: it names the other end and the port. A list of peers or
    /// ports that is absent or empty names all.
    fn rule_permits(&self, rule: &Node, policy: &Object, other: Other<'_>, port: u16) -> Answer {
        let peers = rule.list_at([self.direction.peers()]);
        let ports = rule.list_at(["ports"]);
        let is_port = Answer::any(ports.iter().map(|it| is_port(it, self.connection, port)));
        if is_port == Answer::No && !ports.is_empty() {
            return Answer::No;
        }
        let is_peer = Answer::any(peers.iter().map(|it| self.is_peer(it, policy, other)));
        let named = [(ports, is_port), (peers, is_peer)].into_iter();
        let named = named.filter(|(list, _)| !list.is_empty());
        Answer::all(named.map(|(_, answer)| answer))
    }

    /// The parts of a rule that permit the connection, or may.
    fn parts_that_permit(
        &self,
        rule: &'a Node,
        policy: &'a Object,
        port: u16,
    ) -> Vec<(Answer, Permission<'a>)> {
        let is_port = |entry: &&Node| is_port(entry, self.connection, port) != Answer::No;
        let entries = rule.list_at(["ports"]);
        let ports: Vec<_> = entries.iter().filter(is_port).collect();
        if ports.is_empty() && !entries.is_empty() {
            return Vec::new();
        }
        let permission = |peer: Option<&'a Node>| Permission {
            policy,
            parts: peer.into_iter().chain(ports.iter().copied()).collect(),
        };
        let peers = rule.list_at([self.direction.peers()]);
        if peers.is_empty() {
            return vec![(Answer::Yes, permission(None))];
        }
        let answer = |peer: &Node| match self.other {
            ConnectionEnd::Pod(pod) => self.is_peer(peer, policy, Other::Pod(pod)),
            ConnectionEnd::Addresses(block) => self.is_peer(peer, policy, Other::Addresses(*block)),
            ConnectionEnd::Outside => Answer::Unknown,
        };
        let peers = peers.iter().map(|it| (answer(it), permission(Some(it))));
        peers.filter(|(answer, _)| *answer != Answer::No).collect()
    }

    fn is_peer(&self, peer: &Node, policy: &Object, other: Other<'_>) -> Answer {
        let part = |field| peer.get(field).filter(|it| !is_null(it));
        let (pods, namespaces) = (part("podSelector"), part("namespaceSelector"));
        let selects_pods = pods.is_some() || namespaces.is_some();
        match (other, part("ipBlock")) {
            // The API server refuses a block with selectors, and a peer of nothing.
            (_, Some(_)) if selects_pods => Answer::Unknown,
            (_, None) if !selects_pods => Answer::Unknown,
            // Blocks "should be cluster-external IPs, since Pod IPs are ephemeral": a pod's address
            // is not known, and some networks match no pod by its address, not even by `0.0.0.0/0`.
            (Other::Pod(_), Some(_)) => Answer::Unknown,
            (Other::Pod(pod), None) => {
                let in_namespace = match namespaces {
                    Some(selector) => self.all.match_namespace(pod.namespace, selector),
                    None => (pod.namespace == namespace(policy)).into(),
                };
                let is_pod = pods.map_or(Answer::Yes, |it| pod.labels.match_selector(it));
                in_namespace.min(is_pod)
            }
            (Other::Addresses(addresses), Some(block)) => in_block(addresses, block),
            // Selectors select pods alone.
            (Other::Addresses(_), None) => Answer::No,
        }
    }

    fn blockade(&self) -> Denial<'a> {
        let sure = self.policies.iter().filter(|(_, it)| *it == Answer::Yes);
        Denial {
            direction: self.direction,
            policies: sure.map(|(policy, _)| *policy).collect(),
        }
    }
}

/// Whether an entry of a rule's ports is a port of a connection.
fn is_port(entry: &Node, connection: &Connection<'_>, port: u16) -> Answer {
    let protocol = match entry.get("protocol").filter(|it| !is_null(it)) {
        None => Some(Protocol::default()),
        Some(protocol) => protocol.as_str().and_then(Protocol::from_name),
    };
    match protocol {
        None => return Answer::Unknown,
        Some(protocol) if protocol != connection.protocol => return Answer::No,
        Some(_) => {}
    }
    match entry.get("port").map(|it| &it.value) {
        // Every port of the protocol.
        None | Some(Value::Null) => Answer::Yes,
        Some(Value::Integer(first)) => {
            let range = *first..=last_port(entry, *first);
            range.contains(&port.into()).into()
        }
        // Whoever listens gives the name its number, also to rules of egress.
        Some(Value::String(name)) => match &connection.to {
            ConnectionEnd::Pod(pod) => pod.gives(name, connection.protocol, port),
            ConnectionEnd::Addresses(_) | ConnectionEnd::Outside => Answer::No,
        },
        Some(_) => Answer::Unknown,
    }
}

/// Whether an address out of a block is in the block of a peer.
fn in_block(addresses: Cidr, block: &Node) -> Answer {
    let cidr = |node: &Node| node.as_str().and_then(|it| it.parse::<Cidr>().ok());
    let Some(all) = block.get("cidr").and_then(cidr) else {
        return Answer::Unknown;
    };
    let excepted = block.list_at(["except"]).iter().map(|it| match cidr(it) {
        Some(except) => within(addresses, except),
        None => Answer::Unknown,
    });
    within(addresses, all).min(!Answer::any(excepted))
}

/// Whether an address out of one block is in another.
fn within(addresses: Cidr, block: Cidr) -> Answer {
    match (block.contains(addresses), block.overlaps(addresses)) {
        (true, _) => Answer::Yes,
        (false, true) => Answer::Unknown,
        (false, false) => Answer::No,
    }
}

const fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Null)
}

impl ConnectionEnd<'_> {
    const fn is_on_host_network(&self) -> bool {
        matches!(self, Self::Pod(pod) if pod.host_network)
    }
}

impl<'a> Pod<'a> {
    /// The pods that an object makes, if it makes any.
    #[must_use]
    pub fn of(object: &'a Object) -> Option<Self> {
        let template = object.pod_template()?;
        Some(Self::of_template(namespace(object), &template))
    }

    /// The pods that a template makes in a namespace. Labels that controllers add, such as
    /// `pod-template-hash`, are unknown to their authors, so no policy selects by them.
    #[must_use]
    pub fn of_template(namespace: &'a str, template: &PodTemplate<'a>) -> Self {
        let host_network = template.node.at(["spec", "hostNetwork"]);
        // What runs before the others has ended when somebody connects.
        let containers = template.containers().filter(|it| {
            it.role == ContainerRole::Main || it.node.str_at(["restartPolicy"]) == Some("Always")
        });
        let ports = containers.flat_map(|it| it.node.list_at(["ports"]));
        Self {
            namespace,
            labels: Labels::of(template.node.at(["metadata", "labels"])),
            ports: ports.filter_map(NamedPort::of).collect(),
            host_network: host_network.and_then(Node::as_bool) == Some(true),
        }
    }
}

impl Pod<'_> {
    /// Whether a container gives a port this name. A pod of which not all labels are known may also
    /// name ports that nobody stated.
    fn gives(&self, name: &str, protocol: Protocol, number: u16) -> Answer {
        let is_named = |it: &&NamedPort<'_>| it.name == name && it.protocol == protocol;
        let named: Vec<_> = self.ports.iter().filter(is_named).collect();
        if named.is_empty() && self.labels.has_others() {
            return Answer::Unknown;
        }
        named.iter().any(|it| it.number == number).into()
    }
}

impl<'a> NamedPort<'a> {
    /// A port of a container, if it has a name.
    fn of(port: &'a Node) -> Option<Self> {
        let protocol = port.str_at(["protocol"]);
        Some(Self {
            name: port.str_at(["name"])?,
            protocol: protocol.map_or(Some(Protocol::default()), Protocol::from_name)?,
            number: port.get("containerPort")?.as_integer()?.try_into().ok()?,
        })
    }
}

impl Protocol {
    /// The protocol of a name of the API.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "TCP" => Some(Self::Tcp),
            "UDP" => Some(Self::Udp),
            "SCTP" => Some(Self::Sctp),
            _ => None,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
        })
    }
}

impl Direction {
    /// The name among `policyTypes`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Egress => "Egress",
            Self::Ingress => "Ingress",
        }
    }

    /// The field with a policy's rules.
    const fn rules(self) -> &'static str {
        match self {
            Self::Egress => "egress",
            Self::Ingress => "ingress",
        }
    }

    /// The field with a rule's peers.
    pub(super) const fn peers(self) -> &'static str {
        match self {
            Self::Egress => "to",
            Self::Ingress => "from",
        }
    }
}
