//! Random policies and connections, small enough that much of it meets.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

/// A question, as the oracle reads it.
#[derive(Debug, Serialize)]
pub struct Case {
    /// The labels of the namespaces that objects describe.
    pub namespaces: BTreeMap<&'static str, Json>,
    /// `name`, `namespace` and `spec` of each policy.
    pub policies: Vec<Json>,
    pub from: End,
    pub to: End,
    pub protocol: &'static str,
    pub first: u16,
    pub last: u16,
    /// What the case shows.
    #[serde(skip)]
    pub features: BTreeSet<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    Pod(PodCase),
    Block(&'static str),
    Outside(bool),
}

#[derive(Debug, Serialize)]
pub struct PodCase {
    pub namespace: &'static str,
    pub labels: BTreeMap<&'static str, &'static str>,
    /// Whether there may be more labels and named ports.
    pub others: bool,
    /// Name, protocol and number of ports.
    pub ports: Vec<(&'static str, &'static str, u16)>,
    pub host: bool,
}

/// Everything that must occur.
pub const FEATURES: [&str; 43] = [
    "In",
    "NotIn",
    "Exists",
    "DoesNotExist",
    "matchLabels",
    "empty selector",
    "podSelector alone",
    "namespaceSelector alone",
    "both selectors",
    "metadata.name",
    "null selector",
    "absent podSelector of a policy",
    "policyTypes absent",
    "policyTypes empty",
    "policyTypes Ingress",
    "policyTypes Egress",
    "policyTypes both",
    "rules absent",
    "rules empty",
    "rules",
    "peers absent",
    "peers empty",
    "ports absent",
    "ports empty",
    "port absent",
    "port number",
    "endPort",
    "named port of ingress",
    "named port of egress",
    "protocol absent",
    "TCP",
    "UDP",
    "SCTP",
    "ipBlock of IPv4",
    "ipBlock of IPv6",
    "except",
    "several policies",
    "a range of ports",
    "a block of addresses",
    "something outside",
    "labels known in part",
    "a namespace that nobody describes",
    "a pod on the host's network",
];

const NAMESPACES: [&str; 3] = ["jobs", "store", "foreign"];
const KEYS: [&str; 3] = ["app", "tier", "zone"];
const VALUES: [&str; 2] = ["a", "b"];
const PORTS: [u16; 5] = [80, 7075, 7078, 7080, 9000];
const BLOCKS: [&str; 8] = [
    "0.0.0.0/0",
    "::/0",
    "192.0.2.0/24",
    "192.0.2.64/26",
    "192.0.2.7/32",
    "192.0.2.77/25",
    "2001:db8::/32",
    "2001:db8::7/128",
];

/// Blocks for the ends of connections: most are one address.
const ENDS: [&str; 8] = [
    "192.0.2.7/32",
    "192.0.2.70/32",
    "192.0.2.200/32",
    "198.51.100.1/32",
    "2001:db8::7/128",
    "2001:db9::1/128",
    "192.0.2.64/27",
    "192.0.2.0/23",
];

struct Generator {
    rng: Rng,
    /// Whether policies may have blocks. They leave open what pods they hold, so most policies for two
    /// pods have none.
    has_blocks: bool,
    features: BTreeSet<&'static str>,
}

pub fn cases(seed: u64, count: usize) -> Vec<Case> {
    let mut generator = Generator {
        rng: Rng::with_seed(seed),
        has_blocks: false,
        features: BTreeSet::new(),
    };
    (0..count).map(|_| generator.case()).collect()
}

impl Generator {
    fn case(&mut self) -> Case {
        self.features.clear();
        // At most one end leaves facts open, or there would be too many worlds for brute force.
        let (from_is_open, to_is_open) = match self.rng.u8(0..10) {
            0 => (true, false),
            1 => (false, true),
            _ => (false, false),
        };
        let from = self.end(from_is_open);
        let to = match &from {
            End::Pod(_) => self.end(to_is_open),
            // No policy judges what passes between two addresses.
            End::Block(_) | End::Outside(_) => End::Pod(self.pod(to_is_open)),
        };
        let has_addresses = !matches!((&from, &to), (End::Pod(_), End::Pod(_)));
        self.has_blocks = has_addresses || self.chance(5);
        let mut own = Vec::new();
        for end in [&from, &to] {
            if let End::Pod(pod) = end {
                own.push(pod.namespace);
            }
        }
        let policies = (0..self.rng.usize(1..=4)).map(|index| {
            let namespace = own[self.rng.usize(..own.len())];
            json!({"name": format!("policy-{index}"), "namespace": namespace, "spec": self.spec()})
        });
        let policies: Vec<_> = policies.collect();
        if policies.len() > 1 {
            self.note("several policies");
        }
        let (first, last) = if self.chance(6) {
            self.note("a range of ports");
            (7070 + self.rng.u16(..6), 7076 + self.rng.u16(..8))
        } else {
            let port = self.pick(&PORTS);
            (port, port)
        };
        let protocol = self.pick(&["TCP", "TCP", "TCP", "UDP", "SCTP"]);
        Case {
            namespaces: [
                ("jobs", json!({"team": "a", "stage": "b"})),
                ("store", json!({"team": "b"})),
            ]
            .into(),
            policies,
            from,
            to,
            protocol,
            first,
            last: last.max(first),
            features: self.features.clone(),
        }
    }

    fn end(&mut self, is_open: bool) -> End {
        match self.rng.u8(0..8) {
            0 => {
                self.note("a block of addresses");
                End::Block(self.pick(&ENDS))
            }
            1 => {
                self.note("something outside");
                End::Outside(true)
            }
            _ => End::Pod(self.pod(is_open)),
        }
    }

    fn pod(&mut self, is_open: bool) -> PodCase {
        let mut labels = BTreeMap::new();
        for key in KEYS {
            if self.rng.bool() {
                labels.insert(key, self.pick(&VALUES));
            }
        }
        let (mut namespace, mut others, mut host) = (self.pick(&NAMESPACES[..2]), false, false);
        if is_open {
            match self.rng.u8(0..5) {
                0 => host = true,
                1 | 2 => others = true,
                _ => namespace = NAMESPACES[2],
            }
        }
        for (is_so, feature) in [
            (host, "a pod on the host's network"),
            (others, "labels known in part"),
            (
                namespace == NAMESPACES[2],
                "a namespace that nobody describes",
            ),
        ] {
            if is_so {
                self.note(feature);
            }
        }
        let mut ports = vec![("web", "TCP", self.pick(&PORTS))];
        if self.rng.bool() {
            ports = vec![
                ("web", "UDP", self.pick(&PORTS)),
                ("admin", "TCP", self.pick(&PORTS)),
            ];
        }
        PodCase {
            namespace,
            labels,
            others,
            ports,
            host,
        }
    }

    fn spec(&mut self) -> Json {
        let mut spec = Map::new();
        if self.chance(4) {
            self.note("absent podSelector of a policy");
        } else {
            spec.insert("podSelector".to_owned(), self.selector(&KEYS));
        }
        let (feature, types) = match self.rng.u8(0..6) {
            0 => ("policyTypes absent", None),
            1 => ("policyTypes empty", Some(json!([]))),
            2 => ("policyTypes Ingress", Some(json!(["Ingress"]))),
            3 => ("policyTypes Egress", Some(json!(["Egress"]))),
            _ => ("policyTypes both", Some(json!(["Egress", "Ingress"]))),
        };
        self.note(feature);
        spec.extend(types.map(|it| ("policyTypes".to_owned(), it)));
        for direction in ["ingress", "egress"] {
            let count = match self.rng.u8(0..8) {
                0 => {
                    self.note("rules absent");
                    continue;
                }
                1 => {
                    self.note("rules empty");
                    0
                }
                _ => {
                    self.note("rules");
                    self.rng.usize(1..=3)
                }
            };
            let rules: Vec<_> = (0..count).map(|_| self.rule(direction)).collect();
            spec.insert(direction.to_owned(), rules.into());
        }
        spec.into()
    }

    fn rule(&mut self, direction: &str) -> Json {
        let mut rule = Map::new();
        let peers = if direction == "ingress" { "from" } else { "to" };
        match self.rng.u8(0..8) {
            0 | 1 => self.note("peers absent"),
            2 => {
                self.note("peers empty");
                rule.insert(peers.to_owned(), json!([]));
            }
            _ => {
                let count = self.rng.usize(1..=3);
                let list: Vec<_> = (0..count).map(|_| self.peer()).collect();
                rule.insert(peers.to_owned(), list.into());
            }
        }
        match self.rng.u8(0..8) {
            0 | 1 => self.note("ports absent"),
            2 => {
                self.note("ports empty");
                rule.insert("ports".to_owned(), json!([]));
            }
            _ => {
                let count = self.rng.usize(1..=3);
                let list: Vec<_> = (0..count).map(|_| self.port(direction)).collect();
                rule.insert("ports".to_owned(), list.into());
            }
        }
        rule.into()
    }

    fn peer(&mut self) -> Json {
        match self.rng.u8(0..12) {
            0..=2 => {
                self.note("podSelector alone");
                if self.chance(4) {
                    self.note("null selector");
                    return json!({"podSelector": self.selector(&KEYS), "namespaceSelector": null});
                }
                json!({"podSelector": self.selector(&KEYS)})
            }
            3..=5 => {
                self.note("namespaceSelector alone");
                json!({"namespaceSelector": self.namespace_selector()})
            }
            6..=11 if self.rng.bool() || !self.has_blocks => {
                self.note("both selectors");
                let namespaces = self.namespace_selector();
                json!({"podSelector": self.selector(&KEYS), "namespaceSelector": namespaces})
            }
            _ => {
                let block = self.pick(&BLOCKS);
                self.note(if block.contains(':') {
                    "ipBlock of IPv6"
                } else {
                    "ipBlock of IPv4"
                });
                if self.rng.bool() {
                    return json!({"ipBlock": {"cidr": block}});
                }
                self.note("except");
                let is_same = |it: &&str| it.contains(':') == block.contains(':');
                let same: Vec<_> = BLOCKS.into_iter().filter(is_same).collect();
                json!({"ipBlock": {"cidr": block, "except": [self.pick(&same)]}})
            }
        }
    }

    fn namespace_selector(&mut self) -> Json {
        if self.chance(4) {
            self.note("metadata.name");
            return json!({"matchLabels": {"kubernetes.io/metadata.name": self.pick(&NAMESPACES)}});
        }
        self.selector(&["team", "stage"])
    }

    fn selector(&mut self, keys: &[&'static str]) -> Json {
        let mut selector = Map::new();
        if self.rng.bool() {
            self.note("matchLabels");
            let labels = json!({self.pick(keys): self.pick(&VALUES)});
            selector.insert("matchLabels".to_owned(), labels);
        }
        if self.chance(3) {
            let operator = self.pick(&["In", "NotIn", "Exists", "DoesNotExist"]);
            self.note(operator);
            let mut expression = json!({"key": self.pick(keys), "operator": operator});
            if operator.ends_with("In") {
                let count = self.rng.usize(1..=2);
                expression["values"] = json!(VALUES[..count]);
            }
            selector.insert("matchExpressions".to_owned(), json!([expression]));
        }
        if selector.is_empty() {
            self.note("empty selector");
        }
        selector.into()
    }

    fn port(&mut self, direction: &str) -> Json {
        let mut port = Map::new();
        if self.rng.bool() {
            let protocol = self.pick(&["TCP", "UDP", "SCTP"]);
            self.note(protocol);
            port.insert("protocol".to_owned(), protocol.into());
        } else {
            self.note("protocol absent");
        }
        let number = self.pick(&PORTS);
        match self.rng.u8(0..6) {
            0 => self.note("port absent"),
            1 | 2 => {
                self.note("port number");
                port.insert("port".to_owned(), number.into());
            }
            3 => {
                self.note(if direction == "ingress" {
                    "named port of ingress"
                } else {
                    "named port of egress"
                });
                let name = self.pick(&["web", "admin"]);
                port.insert("port".to_owned(), name.into());
            }
            _ => {
                self.note("endPort");
                port.insert("port".to_owned(), number.into());
                let last = number + self.rng.u16(..6);
                port.insert("endPort".to_owned(), last.into());
            }
        }
        port.into()
    }

    fn note(&mut self, feature: &'static str) {
        self.features.insert(feature);
    }

    /// Whether something happens once in so many times.
    fn chance(&mut self, times: usize) -> bool {
        self.rng.usize(..times) == 0
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.rng.usize(..list.len())]
    }
}
