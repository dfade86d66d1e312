//! What the rules of a NetworkPolicy name: pods, blocks of addresses, and ports. Whether a connection gets through
//! is another question, for all policies together: [`super::NetworkPolicies::evaluate`].

use super::{
    Cidr, Direction, Labels, Object, Protocol,
    network_policy::{NAMESPACE_NAME, last_port, rules},
};
use crate::document::Node;

/// A rule.
#[derive(Clone, Copy, Debug)]
pub struct PolicyRule<'a> {
    /// The policy in which it stands.
    pub policy: &'a Object,
    /// Whether it is about what the policy's pods send or receive.
    pub direction: Direction,
    node: &'a Node,
}

/// A peer of a rule.
#[derive(Clone, Debug)]
pub enum RulePeer<'a> {
    /// Addresses.
    Block(AddressBlock<'a>),
    /// Pods.
    Pods(RulePods<'a>),
}

/// A block of addresses without some others.
#[derive(Clone, Debug)]
pub struct AddressBlock<'a> {
    /// As the rule states it.
    pub node: &'a Node,
    /// All of it.
    pub cidr: Cidr,
    /// What is not meant.
    pub except: Vec<Cidr>,
}

/// Pods by where they are and by their labels.
#[derive(Clone, Copy, Debug)]
pub struct RulePods<'a> {
    /// Where they are.
    pub namespaces: Namespaces<'a>,
    /// What selects them there; none where all are meant.
    pub selector: Option<&'a Node>,
}

/// The namespaces of a peer's pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespaces<'a> {
    /// This one.
    One(&'a str),
    /// All.
    All,
    /// Those with labels, which nobody states.
    Unknown,
}

/// Ports of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulePort<'a> {
    /// From the first to the last.
    Numbers(Protocol, u16, u16),
    /// Those that whoever listens calls so.
    Named(Protocol, &'a str),
}

impl<'a> PolicyRule<'a> {
    /// The rules of a policy: of what its pods send, then of what they receive.
    pub fn all(policy: &'a Object) -> impl Iterator<Item = Self> {
        let directions = [Direction::Egress, Direction::Ingress].into_iter();
        directions.flat_map(move |direction| {
            let rules = rules(policy, direction).iter();
            rules.map(move |node| Self {
                policy,
                direction,
                node,
            })
        })
    }

    /// Whether it names no peers, which means all.
    #[must_use]
    pub fn is_for_anybody(&self) -> bool {
        self.node.list_at([self.direction.peers()]).is_empty()
    }

    /// The peers that it names, but for blocks that are none.
    pub fn peers(&self) -> impl Iterator<Item = RulePeer<'a>> + use<'a> {
        let own = self.policy.identity().namespace.as_deref();
        let peers = self.node.list_at([self.direction.peers()]).iter();
        peers.filter_map(move |peer| match peer.get("ipBlock") {
            Some(block) => AddressBlock::of(block).map(RulePeer::Block),
            None => Some(RulePeer::Pods(RulePods {
                namespaces: Namespaces::of(peer, own),
                selector: peer.get("podSelector"),
            })),
        })
    }

    /// The blocks of addresses among the peers.
    pub fn blocks(&self) -> impl Iterator<Item = AddressBlock<'a>> + use<'a> {
        self.peers().filter_map(|it| match it {
            RulePeer::Block(block) => Some(block),
            RulePeer::Pods(_) => None,
        })
    }

    /// The ports that it names, or all of TCP and UDP where it names none.
    #[must_use]
    pub fn ports(&self) -> Vec<RulePort<'a>> {
        let entries = self.node.list_at(["ports"]);
        if entries.is_empty() {
            let all = |protocol| RulePort::Numbers(protocol, 1, u16::MAX);
            return vec![all(Protocol::Tcp), all(Protocol::Udp)];
        }
        entries.iter().filter_map(RulePort::of).collect()
    }
}

impl<'a> RulePort<'a> {
    fn of(entry: &'a Node) -> Option<Self> {
        let protocol = Protocol::from_name(entry.str_at(["protocol"]).unwrap_or("TCP"))?;
        let Some(port) = entry.get("port") else {
            return Some(Self::Numbers(protocol, 1, u16::MAX));
        };
        if let Some(first) = port.as_integer() {
            let last = last_port(entry, first);
            let number = |it: i64| u16::try_from(it).ok();
            return Some(Self::Numbers(protocol, number(first)?, number(last)?));
        }
        port.as_str().map(|name| Self::Named(protocol, name))
    }
}

impl<'a> AddressBlock<'a> {
    fn of(node: &'a Node) -> Option<Self> {
        let except = node.list_at(["except"]).iter();
        Some(Self {
            node,
            cidr: node.str_at(["cidr"])?.parse().ok()?,
            except: except.filter_map(|it| it.as_str()?.parse().ok()).collect(),
        })
    }
}

impl<'a> Namespaces<'a> {
    fn of(peer: &'a Node, own: Option<&'a str>) -> Self {
        let Some(selector) = peer.get("namespaceSelector") else {
            return own.map_or(Self::Unknown, Self::One);
        };
        if selector.get("matchExpressions").is_some() {
            return Self::Unknown;
        }
        let labels: Vec<_> = match_labels(selector).collect();
        match labels[..] {
            [] => Self::All,
            [(NAMESPACE_NAME, name)] => Self::One(name),
            _ => Self::Unknown,
        }
    }
}

impl<'a> RulePods<'a> {
    /// The labels that all of them have, where nothing else tells them from others; none where an expression does.
    #[must_use]
    pub fn labels(&self) -> Option<Labels<'a>> {
        let has_expressions = self.selector.and_then(|it| it.get("matchExpressions"));
        let labels = self.selector.into_iter().flat_map(match_labels);
        has_expressions.is_none().then(|| labels.collect())
    }
}

fn match_labels(selector: &Node) -> impl Iterator<Item = (&str, &str)> {
    let labels = selector.get("matchLabels").into_iter();
    let labels = labels.flat_map(Node::entries);
    labels.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}
