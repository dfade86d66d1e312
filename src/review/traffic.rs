//! Who can reach whom: network policies, evaluated on both sides for every pair of pods and some strangers.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Cause, Comparison, Consequence, Effect, Renamed, Rule, Side, causes, rules, words::listed,
};
use crate::{
    document::Node,
    kubernetes::{
        Cidr, Connection, ConnectionEnd, Labels, Namespaces, NetworkPolicies, Pod, PodTemplate,
        PolicyRule, Protocol, RulePeer, RulePort, Verdict,
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

/// A protocol and a number.
type Port = (Protocol, u16);

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
const ANY_OTHER: Port = (Protocol::Tcp, 1);

/// Which connections get through that did not before, and the other way round.
#[must_use]
pub fn consequences(sides: Comparison<'_, '_>, renamed: &Renamed) -> Vec<Consequence> {
    let Comparison { old, new } = sides;
    let peers = peers(sides);
    let blocks = blocks(sides);
    let (before, after) = (ends(old, &peers, &blocks), ends(new, &peers, &blocks));
    // A pod of what was renamed is still the same to whoever asks who reaches it.
    let before: Ends<'_> = before
        .into_iter()
        .map(|(name, end)| (renamed.now(&name), end))
        .collect();
    if !may_differ(sides, &before, &after) {
        return Vec::new();
    }
    // Of policies of another kind kiln knows nothing, and each may let through what these block.
    if old.platform.has_other_policies() || new.platform.has_other_policies() {
        let what = "may let through what it did not: with policies that Kubernetes does not evaluate itself, nobody can say here what gets through";
        return vec![Consequence {
            subject: "the network".to_owned(),
            effects: vec![Effect::new(rules::ACCESS_WIDENED, what)],
            causes: Vec::new(),
        }];
    }
    let ports: BTreeSet<Port> = ports_of_policies(old)
        .into_iter()
        .chain(ports_of_policies(new))
        .collect();
    let (opened, closed) = reached(sides, &before, &after, &ports);
    let mut found = Vec::new();
    let is_new = |(name, end): &(&String, &End<'_>)| end.is_known && !before.contains_key(*name);
    for (name, end) in after.iter().filter(is_new) {
        let effects = of_new(new.platform.network_policies(), name, end, &after, &ports);
        if !effects.is_empty() {
            found.push(Consequence {
                subject: name.clone(),
                effects,
                causes: Vec::new(),
            });
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
        found.extend(told(rule, words, reached));
    }
    found
}

/// The connections that get through on the second side alone, and those that do on the first.
fn reached<'e>(
    sides: Comparison<'_, '_>,
    before: &Ends<'_>,
    after: &'e Ends<'_>,
    ports_of_rules: &BTreeSet<Port>,
) -> (Reached<'e>, Reached<'e>) {
    let [old, new] = [sides.old, sides.new].map(|it| it.platform.network_policies());
    let (mut opened, mut closed) = (Reached::new(), Reached::new());
    // In a namespace that is not there yet nobody is cut off.
    let made = sides.new.platform.of_kind("", "Namespace");
    let made: BTreeSet<&str> = made.map(|it| it.object.identity().name.as_str()).collect();
    let known = namespaces(sides.old);
    let is_in_new = |end: &End<'_>| match &end.at {
        ConnectionEnd::Pod(pod) => made.contains(pod.namespace) && !known.contains(pod.namespace),
        _ => false,
    };
    let is_in_new_namespace =
        |from: &String, to: &String| is_in_new(&after[from]) || is_in_new(&after[to]);
    // What is gone reaches nothing, and of what is new there is no before.
    let names: Vec<_> = after.keys().filter(|it| before.contains_key(*it)).collect();
    for from in &names {
        for to in &names {
            let (one, other) = ((&before[*from], &before[*to]), (&after[*from], &after[*to]));
            if from == to || !is_pod(&one.0.at) && !is_pod(&one.1.at) {
                continue;
            }
            let listened = one.1.ports.union(&other.1.ports);
            let ports = listened.chain(ports_of_rules).chain([&ANY_OTHER]);
            let ports: BTreeSet<Port> = ports.copied().collect();
            for port in ports {
                let (was, is) = (connection(one, port), connection(other, port));
                let (before, after) = (verdict(old, &was), verdict(new, &is));
                // What depends on things that nobody states lies between no and yes.
                let (reached, causes) = match after.cmp(&before) {
                    Ordering::Greater => (&mut opened, causes((old, &was), (new, &is), sides)),
                    Ordering::Less if is_in_new_namespace(from, to) => continue,
                    Ordering::Less => {
                        let sides = Comparison {
                            old: sides.new,
                            new: sides.old,
                        };
                        let causes = causes((new, &is), (old, &was), sides).into_iter();
                        (&mut closed, causes.map(Cause::reversed).collect())
                    }
                    Ordering::Equal => continue,
                };
                let is_open = after == Passes::Perhaps;
                let ports = reached.entry((from, is_open, causes)).or_default();
                ports.entry(*to).or_default().insert(port);
            }
        }
    }
    (opened, closed)
}

/// The lines that open a connection: of what permits it, else of what blocks it no longer.
fn causes(
    (blocking, was): (&NetworkPolicies<'_>, &Connection<'_>),
    (permitting, is): (&NetworkPolicies<'_>, &Connection<'_>),
    sides: Comparison<'_, '_>,
) -> Vec<Cause> {
    let permissions = permitting.permissions(is).into_iter();
    let parts: Vec<_> = permissions.flat_map(|it| it.parts).collect();
    let of_permissions = causes::of_parts(&[], &parts, sides);
    if !of_permissions.is_empty() {
        return of_permissions;
    }
    let Verdict::Blocked { by, .. } = blocking.evaluate(was) else {
        return Vec::new();
    };
    let policies = by.iter().flat_map(|it| &it.policies);
    let policies: Vec<_> = policies.map(|it| it.node()).collect();
    causes::of_parts(&policies, &[], sides)
}

/// Who is reached alike is told together.
fn told(rule: &'static Rule, words: [&str; 2], reached: Reached<'_>) -> Vec<Consequence> {
    let mut found: BTreeMap<(&String, Vec<Cause>), Vec<Effect>> = BTreeMap::new();
    for ((from, is_open, causes), to) in reached {
        let mut alike: BTreeMap<BTreeSet<Port>, Vec<String>> = BTreeMap::new();
        for (to, ports) in to {
            alike.entry(ports).or_default().push(to.clone());
        }
        for (ports, to) in alike {
            let word = words[usize::from(is_open)];
            let what = format!("{word} {} {}", listed(&to, SHOWN), on_ports(&ports));
            let effect = Effect::new(rule, what);
            let effect = match to.get(SHOWN..) {
                Some(more) if !more.is_empty() => effect.note(format!("also {}", more.join(", "))),
                _ => effect,
            };
            found
                .entry((from, causes.clone()))
                .or_default()
                .push(effect);
        }
    }
    let found = found.into_iter();
    let found = found.map(|((from, causes), effects)| Consequence {
        subject: from.clone(),
        effects,
        causes,
    });
    found.collect()
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
            let passes = ports
                .filter(|port| verdict(policies, &connection((from, to), **port)) == Passes::Yes);
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

/// Who is reached on which ports; by whom, whether that is not certain, and by which lines.
type Reached<'a> = BTreeMap<(&'a String, bool, Vec<Cause>), BTreeMap<&'a String, BTreeSet<Port>>>;

const fn is_pod(end: &ConnectionEnd<'_>) -> bool {
    matches!(end, ConnectionEnd::Pod(_))
}

fn on_ports(ports: &BTreeSet<Port>) -> String {
    if ports.contains(&ANY_OTHER) {
        return "on every port".to_owned();
    }
    let name = |(protocol, port): &Port| match protocol {
        Protocol::Tcp => port.to_string(),
        protocol => format!("{port} ({protocol})"),
    };
    let listed: Vec<_> = ports.iter().map(name).collect();
    let word = if listed.len() == 1 { "port" } else { "ports" };
    format!("on {word} {}", listed.join(", "))
}

fn connection<'a>((from, to): (&End<'a>, &End<'a>), (protocol, port): Port) -> Connection<'a> {
    Connection {
        from: from.at.clone(),
        to: to.at.clone(),
        protocol,
        ports: port..=port,
    }
}

/// Whether a connection gets through.
fn verdict(policies: &NetworkPolicies<'_>, connection: &Connection<'_>) -> Passes {
    match policies.evaluate(connection) {
        Verdict::Allowed => Passes::Yes,
        Verdict::Blocked { .. } => Passes::No,
        Verdict::Unknown => Passes::Perhaps,
    }
}

/// Whether anything differs that policies look at.
fn may_differ(sides: Comparison<'_, '_>, before: &Ends<'_>, after: &Ends<'_>) -> bool {
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
    texts(sides.old) != texts(sides.new) || ends(before) != ends(after)
}

/// All pods by what they are of, and strangers: another pod in each namespace, a pod of another namespace, a host
/// outside, and the blocks of addresses that policies name.
fn ends<'a>(side: &'a Side<'_>, peers: &'a [Peer], blocks: &BTreeMap<String, Cidr>) -> Ends<'a> {
    let mut ends = own_pods(side);
    for peer in peers {
        let is_it = |end: &End<'_>| match &end.at {
            ConnectionEnd::Pod(pod) => {
                let mut labels = peer.labels.iter();
                pod.namespace == peer.namespace
                    && labels.all(|(key, value)| pod.labels.has_value(key, value))
            }
            _ => false,
        };
        // A pod that is known speaks for itself.
        if ends.values().any(is_it) {
            continue;
        }
        let labels = peer.labels.iter();
        let labels = labels.map(|(key, value)| (key.as_str(), value.as_str()));
        ends.insert(peer.what(), stranger(&peer.namespace, labels.collect()));
    }
    for namespace in namespaces(side) {
        let name = format!("any other pod in {namespace}");
        ends.insert(name, stranger(namespace, Labels::default()));
    }
    // A name that no namespace can have, so that nothing but a selector of all selects it.
    ends.insert(
        "a pod of another namespace".to_owned(),
        stranger("-", Labels::default()),
    );
    for (name, block) in blocks {
        ends.insert(
            name.clone(),
            End::stranger(ConnectionEnd::Addresses(*block)),
        );
    }
    ends
}

/// A pod that only its namespace and its labels tell from others.
fn stranger<'a>(namespace: &'a str, labels: Labels<'a>) -> End<'a> {
    End::stranger(ConnectionEnd::Pod(Pod {
        namespace,
        labels,
        ..Pod::default()
    }))
}

/// The pods of a platform by what they are of.
fn own_pods<'a>(side: &'a Side<'_>) -> Ends<'a> {
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
    ends
}

/// The namespaces that are made, or have an object in them.
fn namespaces<'a>(side: &Side<'a>) -> BTreeSet<&'a str> {
    let members = side.platform.graph.members.iter();
    let namespaces = members.filter_map(|it| {
        let identity = it.object.identity();
        let own = (identity.kind == "Namespace").then_some(identity.name.as_str());
        identity.namespace.as_deref().or(own)
    });
    namespaces.collect()
}

/// Some address of the internet, of a private network, and of where clouds keep credentials; and every block that a policy names.
fn blocks(sides: Comparison<'_, '_>) -> BTreeMap<String, Cidr> {
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
    let [before, after] = [sides.old, sides.new].map(named_blocks);
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
    let blocks = policy_rules(side).flat_map(|it| it.blocks());
    let named = blocks.flat_map(|block| {
        let except = block.except.iter().map(|it| (it.to_string(), true));
        let all = (block.cidr.to_string(), false);
        except.chain([all]).collect::<Vec<_>>()
    });
    named.collect()
}

/// The rules of all policies.
fn policy_rules<'a>(side: &Side<'a>) -> impl Iterator<Item = PolicyRule<'a>> {
    let policies = side.platform.of_kind("networking.k8s.io", "NetworkPolicy");
    policies.flat_map(|it| PolicyRule::all(&it.object))
}

fn listened(pod: &Node) -> BTreeSet<Port> {
    let containers = pod.list_at(["spec", "containers"]).iter();
    let ports = containers.flat_map(|it| it.list_at(["ports"]));
    let ports = ports.filter_map(|it| {
        let number = it.get("containerPort")?.as_integer()?;
        let protocol = it.str_at(["protocol"]).unwrap_or("TCP");
        Some((Protocol::from_name(protocol)?, u16::try_from(number).ok()?))
    });
    ports.collect()
}

/// The ports that rules name by number; all of a protocol are as good as the first.
fn ports_of_policies(side: &Side<'_>) -> BTreeSet<Port> {
    let ports = policy_rules(side).flat_map(|it| it.ports());
    let numbers = ports.flat_map(|it| match it {
        RulePort::Numbers(protocol, 1, u16::MAX) => vec![(protocol, 1)],
        RulePort::Numbers(protocol, first, last) => vec![(protocol, first), (protocol, last)],
        RulePort::Named(..) => Vec::new(),
    });
    numbers.collect()
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
fn peers(sides: Comparison<'_, '_>) -> Vec<Peer> {
    let rules = [sides.old, sides.new].into_iter().flat_map(policy_rules);
    let peers = rules.flat_map(|it| it.peers()).filter_map(|it| {
        let RulePeer::Pods(pods) = it else {
            return None;
        };
        let Namespaces::One(namespace) = pods.namespaces else {
            return None;
        };
        let labels = pods.labels()?;
        let labels = labels
            .known()
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        Some(Peer {
            namespace: namespace.to_owned(),
            labels: labels.collect(),
        })
    });
    let peers: BTreeSet<_> = peers.collect();
    peers.into_iter().collect()
}
