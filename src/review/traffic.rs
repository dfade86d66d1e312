//! Who can reach whom: network policies, evaluated on both sides for every pair of pods and some strangers.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use super::{Consequence, Effect, Renamed, Side, rules, words::listed};
use crate::{
    document::Node,
    kubernetes::{
        Cidr, Connection, ConnectionEnd, Labels, NetworkPolicies, Pod, PodTemplate, Protocol,
        Verdict,
    },
};

/// An end of connections on one side of the comparison.
struct End<'a> {
    at: ConnectionEnd<'a>,
    /// The ports on which it listens.
    ports: BTreeSet<Port>,
    /// Whether it is a pod of the platform, and not somebody whom policies name or nobody knows.
    is_known: bool,
}

impl<'a> End<'a> {
    /// Somebody else.
    const fn stranger(at: ConnectionEnd<'a>) -> Self {
        Self {
            at,
            ports: BTreeSet::new(),
            is_known: false,
        }
    }
}

type Ends<'a> = BTreeMap<String, End<'a>>;

/// Whether it is of UDP, or else of TCP, and the number.
type Port = (bool, u16);

/// Whether a connection gets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Passes {
    No,
    /// It depends on labels, addresses or a network of which nobody says anything.
    Perhaps,
    Yes,
}

/// How many of those that are reached alike are named in the sentence itself.
const SHOWN: usize = 6;

/// What stands for all ports on which nobody is known to listen.
const ANY_OTHER: Port = (false, 1);

/// Which connections get through that did not before, and the other way round.
#[must_use]
pub fn consequences(before: &Side<'_>, after: &Side<'_>, renamed: &Renamed) -> Vec<Consequence> {
    let peers = peers([before, after]);
    let blocks = blocks([before, after]);
    let (old, new) = (ends(before, &peers, &blocks), ends(after, &peers, &blocks));
    // A pod of what was renamed is still the same to whoever asks who reaches it.
    let old: Ends<'_> = old
        .into_iter()
        .map(|(name, end)| (renamed.now(&name), end))
        .collect();
    if !may_differ(before, after, &old, &new) {
        return Vec::new();
    }
    // Of policies of another kind kiln knows nothing, and each may let through what these block.
    if before.platform.has_other_policies() || after.platform.has_other_policies() {
        let what = "may let through what it did not: with policies that Kubernetes does not evaluate itself, nobody can say here what gets through";
        return vec![Consequence {
            subject: "the network".to_owned(),
            effects: vec![Effect::new(rules::ACCESS_WIDENED, what)],
        }];
    }
    let policies = (
        before.platform.network_policies(),
        after.platform.network_policies(),
    );
    let mut opened: Reached<'_> = BTreeMap::new();
    let mut closed: Reached<'_> = BTreeMap::new();
    // What is gone reaches nothing, and of what is new there is no before.
    let names: Vec<_> = new.keys().filter(|it| old.contains_key(*it)).collect();
    let stated = ports_of_policies(before)
        .into_iter()
        .chain(ports_of_policies(after));
    let stated: BTreeSet<Port> = stated.collect();
    for from in &names {
        for to in &names {
            let (one, other) = ((&old[*from], &old[*to]), (&new[*from], &new[*to]));
            if from == to || !is_pod(&one.0.at) && !is_pod(&one.1.at) {
                continue;
            }
            let listened = one.1.ports.union(&other.1.ports);
            let ports = listened.chain(&stated).chain([&ANY_OTHER]);
            let ports: BTreeSet<Port> = ports.copied().collect();
            for port in ports {
                let was = verdict(policies.0, one, port);
                let is = verdict(policies.1, other, port);
                // What depends on things that nobody states lies between no and yes.
                let reached = match is.cmp(&was) {
                    Ordering::Greater => &mut opened,
                    Ordering::Less => &mut closed,
                    Ordering::Equal => continue,
                };
                reached
                    .entry((from, to, is == Passes::Perhaps))
                    .or_default()
                    .insert(port);
            }
        }
    }
    let mut found: BTreeMap<String, Vec<Effect>> = BTreeMap::new();
    for (name, end) in new
        .iter()
        .filter(|(name, it)| it.is_known && !old.contains_key(*name))
    {
        let effects = of_new(policies.1, name, end, &new, &stated);
        if !effects.is_empty() {
            found.insert(name.clone(), effects);
        }
    }
    for (rule, words, reached) in [
        (
            rules::ACCESS_WIDENED,
            ["now reaches", "may now reach"],
            opened,
        ),
        (
            rules::ACCESS_NARROWED,
            ["no longer reaches", "may no longer reach"],
            closed,
        ),
    ] {
        // Who is reached alike is told together.
        let mut alike: BTreeMap<(&String, bool, BTreeSet<Port>), Vec<String>> = BTreeMap::new();
        for ((from, to, is_open), ports) in reached {
            alike
                .entry((from, is_open, ports))
                .or_default()
                .push(to.clone());
        }
        for ((from, is_open, ports), to) in alike {
            let word = words[usize::from(is_open)];
            let what = format!("{word} {} {}", listed(&to, SHOWN), on_ports(&ports));
            let effect = Effect::new(rule, what);
            let effect = match to.get(SHOWN..) {
                Some(more) if !more.is_empty() => effect.note(format!("also {}", more.join(", "))),
                _ => effect,
            };
            found.entry(from.clone()).or_default().push(effect);
        }
    }
    let found = found.into_iter();
    found
        .map(|(subject, effects)| Consequence { subject, effects })
        .collect()
}

/// Who of those that are not of the platform reaches a new pod, and which addresses it reaches.
fn of_new(
    policies: &NetworkPolicies<'_>,
    name: &str,
    end: &End<'_>,
    ends: &Ends<'_>,
    stated: &BTreeSet<Port>,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    let strangers = ends
        .iter()
        .filter(|(it, other)| *it != name && !other.is_known);
    for (other, stranger) in strangers {
        let ports = |from: &End<'_>, to: &End<'_>| -> BTreeSet<Port> {
            let ports = to.ports.union(stated).chain([&ANY_OTHER]);
            let passes = ports.filter(|port| verdict(policies, (from, to), **port) == Passes::Yes);
            passes.copied().collect()
        };
        let into = ports(stranger, end);
        if !into.is_empty() {
            let what = format!("is new, and {other} reaches it {}", on_ports(&into));
            effects.push(Effect::new(rules::ACCESS_GRANTED, what));
        }
        let out = ports(end, stranger);
        if !is_pod(&stranger.at) && !out.is_empty() {
            let what = format!("is new, and reaches {other} {}", on_ports(&out));
            effects.push(Effect::new(rules::ACCESS_GRANTED, what));
        }
    }
    effects
}

/// From whom, to whom, whether that is not certain, and on which ports.
type Reached<'a> = BTreeMap<(&'a String, &'a String, bool), BTreeSet<Port>>;

const fn is_pod(end: &ConnectionEnd<'_>) -> bool {
    matches!(end, ConnectionEnd::Pod(_))
}

fn on_ports(ports: &BTreeSet<Port>) -> String {
    if ports.contains(&ANY_OTHER) {
        return "on every port".to_owned();
    }
    let name = |(is_udp, port): &Port| {
        if *is_udp {
            format!("{port} (UDP)")
        } else {
            port.to_string()
        }
    };
    let listed: Vec<_> = ports.iter().map(name).collect();
    let word = if listed.len() == 1 { "port" } else { "ports" };
    format!("on {word} {}", listed.join(", "))
}

/// Whether a connection gets through.
fn verdict(
    policies: &NetworkPolicies<'_>,
    (from, to): (&End<'_>, &End<'_>),
    (is_udp, port): Port,
) -> Passes {
    let connection = Connection {
        from: from.at.clone(),
        to: to.at.clone(),
        protocol: if is_udp { Protocol::Udp } else { Protocol::Tcp },
        ports: port..=port,
    };
    match policies.evaluate(&connection) {
        Verdict::Allowed => Passes::Yes,
        Verdict::Blocked { .. } => Passes::No,
        Verdict::Unknown => Passes::Perhaps,
    }
}

/// Whether anything differs that policies look at.
fn may_differ(before: &Side<'_>, after: &Side<'_>, old: &Ends<'_>, new: &Ends<'_>) -> bool {
    let texts = |side: &Side<'_>| -> Vec<String> {
        let members = side.platform.members().filter(|it| {
            let identity = it.object.identity();
            identity.kind == "Namespace" || identity.kind.ends_with("NetworkPolicy")
        });
        members
            .map(|it| it.object.node().to_json().to_string())
            .collect()
    };
    let ends = |ends: &Ends<'_>| -> Vec<String> {
        ends.iter()
            .map(|(name, it)| format!("{name} {:?}", it.at))
            .collect()
    };
    texts(before) != texts(after) || ends(old) != ends(new)
}

/// All pods by what they are of, and strangers: another pod in each namespace, a pod of another namespace, a host
/// outside, and the blocks of addresses that policies name.
fn ends<'a>(side: &'a Side<'_>, peers: &'a [Peer], blocks: &BTreeMap<String, Cidr>) -> Ends<'a> {
    let mut ends = Ends::new();
    for pod in side.platform.pods() {
        let namespace = pod.namespace().unwrap_or_default();
        let template = PodTemplate {
            path: &[],
            node: &pod.node,
        };
        let at = Pod::of_template(namespace, &template);
        let at = if pod.is_of_spark() {
            Pod {
                labels: at.labels.and_others(),
                ..at
            }
        } else {
            at
        };
        let ports = listened(&pod.node);
        ends.insert(
            pod.what(),
            End {
                at: ConnectionEnd::Pod(at),
                ports,
                is_known: true,
            },
        );
    }
    for peer in peers {
        let labels: Labels<'_> = peer
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let is_it = |end: &End<'_>| match &end.at {
            ConnectionEnd::Pod(pod) => {
                pod.namespace == peer.namespace
                    && peer
                        .labels
                        .iter()
                        .all(|(key, value)| pod.labels.has_value(key, value))
            }
            _ => false,
        };
        // A pod that is known speaks for itself.
        if ends.values().any(is_it) {
            continue;
        }
        let at = Pod {
            namespace: &peer.namespace,
            labels,
            ..Pod::default()
        };
        ends.insert(peer.what(), End::stranger(ConnectionEnd::Pod(at)));
    }
    let namespaces = side.platform.graph.members.iter();
    let namespaces: BTreeSet<&str> = namespaces
        .filter_map(|it| {
            let identity = it.object.identity();
            let own = (identity.kind == "Namespace").then_some(identity.name.as_str());
            identity.namespace.as_deref().or(own)
        })
        .collect();
    for namespace in namespaces {
        let at = Pod {
            namespace,
            labels: Labels::default(),
            ..Pod::default()
        };
        let name = format!("any other pod in {namespace}");
        ends.insert(name, End::stranger(ConnectionEnd::Pod(at)));
    }
    // A name that no namespace can have, so that nothing but a selector of all selects it.
    let stranger = Pod {
        namespace: "-",
        labels: Labels::default(),
        ..Pod::default()
    };
    ends.insert(
        "a pod of another namespace".to_owned(),
        End::stranger(ConnectionEnd::Pod(stranger)),
    );
    for (name, block) in blocks {
        ends.insert(
            name.clone(),
            End::stranger(ConnectionEnd::Addresses(*block)),
        );
    }
    ends
}

/// Some address of the internet, of a private network, and of where clouds keep credentials; and every block that a policy names.
fn blocks(sides: [&Side<'_>; 2]) -> BTreeMap<String, Cidr> {
    let known = [
        ("the internet", "198.51.100.7/32"),
        ("the internet by IPv6", "2001:db8::7/128"),
        ("a host of the private network", "10.213.97.11/32"),
        (
            "the cloud's metadata (169.254.169.254)",
            "169.254.169.254/32",
        ),
    ];
    let mut blocks = BTreeMap::new();
    for (name, block) in known {
        blocks.extend(block.parse().ok().map(|it| (name.to_owned(), it)));
    }
    let [before, after] = sides.map(named_blocks);
    for (block, is_exception) in before.union(&after) {
        // What both sides except is as it was.
        let is_on_one_side = before.contains(&(block.clone(), *is_exception))
            != after.contains(&(block.clone(), *is_exception));
        if !is_exception || is_on_one_side {
            blocks.extend(block.parse().ok().map(|it| (block.clone(), it)));
        }
    }
    blocks
}

/// The blocks that policies name, and whether as an exception.
fn named_blocks(side: &Side<'_>) -> BTreeSet<(String, bool)> {
    let mut named = BTreeSet::new();
    for policy in side.platform.of_kind("networking.k8s.io", "NetworkPolicy") {
        for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
            let rules = policy.object.node().list_at(["spec", direction]);
            let blocks = rules.iter().flat_map(|it| it.list_at([peers]));
            for block in blocks.filter_map(|it| it.get("ipBlock")) {
                let except = block.list_at(["except"]).iter().filter_map(Node::as_str);
                named.extend(except.map(|it| (it.to_owned(), true)));
                named.extend(block.str_at(["cidr"]).map(|it| (it.to_owned(), false)));
            }
        }
    }
    named
}

fn is_udp(port: &Node) -> bool {
    port.str_at(["protocol"]) == Some("UDP")
}

fn listened(pod: &Node) -> BTreeSet<Port> {
    let containers = pod.list_at(["spec", "containers"]).iter();
    let ports = containers.flat_map(|it| it.list_at(["ports"]));
    let ports = ports.filter_map(|it| {
        let number = it.get("containerPort")?.as_integer()?;
        Some((is_udp(it), u16::try_from(number).ok()?))
    });
    ports.collect()
}

/// The ports that rules name by number.
fn ports_of_policies(side: &Side<'_>) -> BTreeSet<Port> {
    let mut found = BTreeSet::new();
    for policy in side.platform.of_kind("networking.k8s.io", "NetworkPolicy") {
        for direction in ["ingress", "egress"] {
            let rules = policy.object.node().list_at(["spec", direction]).iter();
            let ports = rules.flat_map(|it| it.list_at(["ports"]));
            for port in ports {
                for field in ["port", "endPort"] {
                    let number = port.get(field).and_then(Node::as_integer);
                    let number = number.and_then(|it| u16::try_from(it).ok());
                    found.extend(number.map(|it| (is_udp(port), it)));
                }
            }
        }
    }
    found
}

/// Pods that a policy names by their labels.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Peer {
    namespace: String,
    labels: BTreeMap<String, String>,
}

impl Peer {
    fn what(&self) -> String {
        if self.labels.is_empty() {
            return format!("any pod in {}", self.namespace);
        }
        let labels = self
            .labels
            .iter()
            .map(|(key, value)| format!("{key}={value}"));
        let labels = labels.collect::<Vec<_>>().join(",");
        format!("a pod with {labels} in {}", self.namespace)
    }
}

/// The pods that the policies of either side name, where they do so by labels and by the name of a namespace alone.
fn peers(sides: [&Side<'_>; 2]) -> Vec<Peer> {
    let mut found = BTreeSet::new();
    for side in sides {
        for policy in side.platform.of_kind("networking.k8s.io", "NetworkPolicy") {
            let own = policy.object.identity().namespace.as_deref();
            for (direction, list) in [("ingress", "from"), ("egress", "to")] {
                let rules = policy.object.node().list_at(["spec", direction]);
                for peer in rules.iter().flat_map(|it| it.list_at([list])) {
                    found.extend(of_peer(peer, own));
                }
            }
        }
    }
    found.into_iter().collect()
}

fn of_peer(peer: &Node, own: Option<&str>) -> Option<Peer> {
    let labels = |selector: &Node| -> Option<BTreeMap<String, String>> {
        let is_plain = selector.entries().all(|(key, _)| key == "matchLabels");
        let labels = selector
            .get("matchLabels")
            .into_iter()
            .flat_map(Node::entries);
        let labels = labels.map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        labels.collect::<Option<_>>().filter(|_| is_plain)
    };
    let namespace = match peer.get("namespaceSelector") {
        None => own?.to_owned(),
        Some(selector) => {
            let mut labels = labels(selector)?;
            let name = labels.remove(NAMESPACE_NAME)?;
            labels.is_empty().then_some(name)?
        }
    };
    let labels = peer
        .get("podSelector")
        .map_or_else(|| Some(BTreeMap::new()), labels)?;
    Some(Peer { namespace, labels })
}

const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";
