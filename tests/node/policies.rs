//! Who reaches whom, tried from the networks of the pods themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use kiln::{
    kubernetes::{Connection, ConnectionEnd, NetworkPolicies, Protocol, Verdict},
    manifests::{Flow, Peer, Pods},
};

use crate::{
    cluster::{Cluster, Failure, Pod},
    lab::Lab,
    outside::{self, Outside},
    platform::{Platform, apply_as},
};

/// A port that no flow names, of those that Linux takes where a program asks for none.
const RANDOM: u16 = 40_000;

/// What is no pod: the API server's own address, its Service's, a second one's outside of the node, and
/// hosts that no spec names. The node's own connections to its pods pass whatever policies say, so the
/// first proves nothing as a sender.
const NO_PODS: [(&str, u16); 6] = [
    ("10.250.0.1", 6443),
    ("10.96.0.1", 443),
    (outside::ADDRESS, 6443),
    (outside::PUBLIC, 443),
    (outside::PRIVATE, 443),
    (outside::LINK_LOCAL, 80),
];

/// The pods between which connections are tried, and a host outside.
pub struct Pairs {
    pods: Vec<Pod>,
    /// Their networks, as files.
    networks: Vec<PathBuf>,
    ports: BTreeSet<u16>,
    /// The network outside, as a file.
    outside: PathBuf,
    /// They make every port of every pod one that answers.
    _listeners: Vec<Listener>,
}

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Try {
    from: End,
    to: End,
    port: u16,
}

/// A pod by its position, or an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Pod(usize),
    Outside(&'static str),
}

/// Which connections get through.
pub type Table = BTreeMap<Try, bool>;

impl Pairs {
    /// Prepares the pods that run in some namespaces, for the ports of flows.
    fn new(
        cluster: &Cluster,
        outside: &Outside,
        namespaces: &[&str],
        flows: &[Flow],
    ) -> Result<Self, Failure> {
        let mut pods = Vec::new();
        for namespace in namespaces {
            let found = cluster.pods(namespace, "")?;
            pods.extend(found.into_iter().filter(Pod::is_ready));
        }
        let network = |it| {
            Ok(PathBuf::from(format!(
                "/proc/{}/ns/net",
                cluster.process(it)?
            )))
        };
        let networks: Vec<_> = pods.iter().map(network).collect::<Result<_, Failure>>()?;
        let between_pods = flows.iter().filter(|it| matches!(it.to, Peer::Pods(_)));
        let ports = between_pods.flat_map(|it| &it.ports);
        let mut ports: BTreeSet<_> = ports
            .filter(|it| it.protocol == "TCP")
            .flat_map(|it| *it.first..=it.last.as_ref().unwrap_or(&it.first).value)
            .collect();
        ports.insert(RANDOM);
        let mut listeners: Vec<_> = networks
            .iter()
            .map(|it| Listener::start(it, &ports))
            .collect::<Result<_, _>>()?;
        let served = NO_PODS.map(|(_, port)| port).into();
        listeners.push(Listener::start(outside.network(), &served)?);
        Ok(Self {
            _listeners: listeners,
            pods,
            networks,
            ports,
            outside: outside.network().to_owned(),
        })
    }

    /// How many pods there are.
    fn count(&self) -> usize {
        self.pods.len()
    }

    /// The connections of which policies of these namespaces decide: one end lies in them.
    fn tries(&self, judged: &BTreeSet<String>) -> Vec<Try> {
        let is_judged = |at: usize| judged.contains(self.pods[at].namespace());
        let mut tries = Vec::new();
        let on_every_port = |from, to| self.ports.iter().map(move |&port| Try { from, to, port });
        for at in 0..self.pods.len() {
            let from = End::Pod(at);
            for to in (0..self.pods.len()).filter(|to| *to != at) {
                if is_judged(at) || is_judged(to) {
                    tries.extend(on_every_port(from, End::Pod(to)));
                }
            }
            if is_judged(at) {
                tries.extend(NO_PODS.map(|(address, port)| Try {
                    from,
                    to: End::Outside(address),
                    port,
                }));
                tries.extend(on_every_port(End::Outside(outside::ADDRESS), from));
            }
        }
        tries
    }

    /// What the flows promise: they pass, and nothing else does.
    fn promised(&self, flows: &[Flow], judged: &BTreeSet<String>) -> Table {
        let is_of = |end: End, peer: &Peer| match (end, peer) {
            (End::Pod(at), Peer::Pods(pods)) => is_of(&self.pods[at], pods),
            (End::Outside(address), Peer::Addresses(blocks)) => {
                let block = format!("{address}/32");
                blocks.iter().any(|it| it.value == block)
            }
            (End::Outside(address), Peer::Internet) => address == outside::PUBLIC,
            (End::Outside(address), Peer::Anywhere) => address != outside::LINK_LOCAL,
            _ => false,
        };
        let is_promised = |it: &Try| {
            flows.iter().any(|flow| {
                let mut ports = flow.ports.iter().filter(|it| it.protocol == "TCP");
                is_of(it.from, &flow.from)
                    && is_of(it.to, &flow.to)
                    && ports.any(|port| {
                        let last = port.last.as_ref().unwrap_or(&port.first);
                        (*port.first..=**last).contains(&it.port)
                    })
            })
        };
        let tries = self.tries(judged).into_iter();
        tries.map(|it| (it, is_promised(&it))).collect()
    }

    /// What kiln takes a platform's policies for, where it is certain: blocks of addresses may hold a
    /// pod's or not.
    fn taken_for(&self, platform: &Platform) -> Table {
        let members = &platform.compilation.graph.members;
        let policies = NetworkPolicies::new(members.iter().map(|it| &it.object));
        let ends: Vec<_> = self.pods.iter().map(policed).collect();
        let tries = self.tries(&platform.namespaces()).into_iter();
        tries
            .filter_map(|it| {
                let end = |end| match end {
                    End::Pod(at) => ConnectionEnd::Pod(ends[at].clone()),
                    End::Outside(address) => {
                        let block = format!("{address}/32");
                        ConnectionEnd::Addresses(block.parse().expect("it is a block"))
                    }
                };
                let connection = Connection {
                    from: end(it.from),
                    to: end(it.to),
                    protocol: Protocol::Tcp,
                    ports: it.port..=it.port,
                };
                match policies.evaluate(&connection) {
                    Verdict::Allowed => Some((it, true)),
                    Verdict::Blocked { .. } => Some((it, false)),
                    Verdict::Unknown => None,
                }
            })
            .collect()
    }

    /// What the node's network does.
    fn seen(&self, tries: impl IntoIterator<Item = Try>) -> Result<Table, Failure> {
        let mut by_sender: BTreeMap<End, Vec<Try>> = BTreeMap::new();
        for it in tries {
            by_sender.entry(it.from).or_default().push(it);
        }
        let tables = thread::scope(|scope| {
            let senders: Vec<_> = by_sender
                .into_iter()
                .map(|(from, tries)| scope.spawn(move || self.connect(from, tries)))
                .collect();
            let joined = senders.into_iter().map(|it| it.join().expect("it ends"));
            joined.collect::<Result<Vec<_>, _>>()
        })?;
        Ok(tables.into_iter().flatten().collect())
    }

    fn connect(&self, from: End, tries: Vec<Try>) -> Result<Vec<(Try, bool)>, Failure> {
        let lines = tries.iter().map(|it| {
            let address = match it.to {
                End::Pod(at) => self.pods[at].address().expect("a pod that runs has one"),
                End::Outside(address) => address,
            };
            format!("{address} {}\n", it.port)
        });
        let input: String = lines.collect();
        let network = match from {
            End::Pod(at) => &self.networks[at],
            End::Outside(_) => &self.outside,
        };
        let mut child = probe(network, ["connect"])?;
        let mut pipe = child.stdin.take().expect("the input is a pipe");
        let output = thread::scope(|scope| {
            scope.spawn(move || pipe.write_all(input.as_bytes()));
            child.wait_with_output().expect("the probe ends")
        });
        let answers = String::from_utf8_lossy(&output.stdout).into_owned();
        let answers: Vec<_> = answers.lines().map(|it| it == "yes").collect();
        if answers.len() != tries.len() {
            return Err(format!("{} cannot probe", self.name(from)));
        }
        Ok(tries.into_iter().zip(answers).collect())
    }

    /// Where two tables differ, in words.
    fn differences(&self, expected: &Table, found: &Table) -> Vec<String> {
        differing(expected, found)
            .map(|(it, passes)| {
                let words = if *passes {
                    "is blocked"
                } else {
                    "gets through"
                };
                let [from, to] = [it.from, it.to].map(|it| self.name(it));
                format!("{from} to {to}, port {}: {words}", it.port)
            })
            .collect()
    }

    fn name(&self, end: End) -> &str {
        match end {
            End::Pod(at) => self.pods[at].name(),
            End::Outside(address) => address,
        }
    }

    /// The connections between the pods of some workloads.
    fn among<'a>(
        &'a self,
        table: &'a Table,
        workloads: &'a [&str],
    ) -> impl Iterator<Item = (&'a Try, bool)> {
        let is_of = |end: End| match end {
            End::Pod(at) => {
                let label = self.pods[at].label("kiln/workload");
                label.is_some_and(|it| workloads.contains(&it))
            }
            End::Outside(_) => false,
        };
        let among = table
            .iter()
            .filter(move |(it, _)| is_of(it.from) && is_of(it.to));
        among.map(|(it, passes)| (it, *passes))
    }
}

/// The connections of which two tables say different things.
fn differing<'a>(
    expected: &'a Table,
    found: &'a Table,
) -> impl Iterator<Item = (&'a Try, &'a bool)> {
    expected.iter().filter(|(it, passes)| found[it] != **passes)
}

fn policed(pod: &Pod) -> kiln::kubernetes::Pod<'_> {
    let labels = pod.0["metadata"]["labels"].as_object();
    kiln::kubernetes::Pod {
        namespace: pod.namespace(),
        labels: labels
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
            .collect(),
        ..Default::default()
    }
}

fn is_of(pod: &Pod, pods: &Pods) -> bool {
    let mut labels = pods.labels.iter();
    pod.namespace() == pods.namespace.value
        && labels.all(|(key, value)| pod.label(key) == Some(value.as_str()))
}

/// Something that listens in a pod's network until it is dropped.
struct Listener(Child);

impl Listener {
    fn start(network: &Path, ports: &BTreeSet<u16>) -> Result<Self, Failure> {
        let ports = ports.iter().map(u16::to_string);
        let arguments: Vec<_> = ["listen".to_owned()].into_iter().chain(ports).collect();
        let mut child = probe(network, &arguments)?;
        let output = child.stdout.take().expect("the output is a pipe");
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line);
        read.map_err(|error| error.to_string())?;
        Ok(Self(child))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the probe in a network.
fn probe(
    network: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>,
) -> Result<Child, Failure> {
    let script: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/probe.py");
    Command::new("nsenter")
        .arg(format!("--net={}", network.display()))
        .arg("python3")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("nsenter: {error}"))
}

/// Every flow of the spec passes and nothing else does, between all pods and to the API server; and
/// kiln takes the policies for just that.
pub fn flows_pass(lab: &mut Lab) -> Result<String, Failure> {
    lab.hold_executors()?;
    let judged = lab.platform.namespaces();
    let pairs = lab.pairs()?;
    let promised = |pairs: &Pairs| pairs.promised(&lab.platform.flows, &judged);
    let differences = pairs.differences(&pairs.taken_for(&lab.platform), &promised(&pairs));
    if !differences.is_empty() {
        return Err(format!(
            "kiln judges otherwise than its flows: {}",
            differences.join("\n")
        ));
    }
    drop(pairs);
    let (pairs, seen) = lab.settled(promised)?;
    let passing = seen.values().filter(|it| **it).count();
    Ok(format!(
        "{} connections between {} pods, of which {passing} pass",
        seen.len(),
        pairs.count()
    ))
}

/// Policies that a patch makes too strict, each with the check that finds them.
const BLOCKED: [(&str, &str); 8] = [
    ("E0901", include_str!("blocked/E0901.toml")),
    ("E0903", include_str!("blocked/E0903.toml")),
    ("E0904", include_str!("blocked/E0904.toml")),
    ("E0905", include_str!("blocked/E0905.toml")),
    ("E0906", include_str!("blocked/E0906.toml")),
    ("E0907", include_str!("blocked/E0907.toml")),
    ("E0908", include_str!("blocked/E0908.toml")),
    ("E0909", include_str!("blocked/E0909.toml")),
];

/// What kiln says that a patched policy blocks is blocked, and the rest passes.
pub fn what_checks_call_blocked_is_blocked(lab: &mut Lab) -> Result<String, Failure> {
    let mut found = vec![random_ports_are_blocked(lab)?];
    for (code, patch) in BLOCKED {
        let patched = lab.patched(code, patch)?;
        apply_as(&lab.cluster, "kiln", &patched.objects(&["NetworkPolicy"]))?;
        let (pairs, seen) = lab.settled(|pairs| pairs.taken_for(&patched))?;
        let as_compiled = pairs.taken_for(&lab.platform);
        let blocked = as_compiled
            .iter()
            .filter(|(it, passes)| **passes && seen.get(it) == Some(&false));
        let blocked = blocked.count();
        if blocked == 0 {
            return Err(format!("{code}: nothing is blocked"));
        }
        found.push(format!("{code} {blocked}"));
    }
    apply_as(
        &lab.cluster,
        "kiln",
        &lab.platform.objects(&["NetworkPolicy"]),
    )?;
    lab.settled(|pairs| pairs.taken_for(&lab.platform))?;
    Ok(format!(
        "connections that are blocked: {}",
        found.join(", ")
    ))
}

/// A driver that took any port that is free would wait for executors that its policies keep from it.
fn random_ports_are_blocked(lab: &Lab) -> Result<String, Failure> {
    lab.patched("E0902", include_str!("blocked/E0902.toml"))?;
    let (pairs, seen) = lab.settled(|pairs| pairs.taken_for(&lab.platform))?;
    let workloads = [
        "spark-connect-analytics",
        "spark-connect-analytics-executors",
    ];
    let among = pairs.among(&seen, &workloads);
    let (pass, blocked): (Vec<_>, Vec<_>) = among
        .filter(|(it, _)| it.port == RANDOM)
        .partition(|(_, passes)| *passes);
    match (pass.is_empty(), blocked.len()) {
        (true, 1..) => Ok(format!("E0902 {}", blocked.len())),
        _ => Err(format!(
            "E0902: {} pass, {} do not",
            pass.len(),
            blocked.len()
        )),
    }
}

impl Lab {
    /// The platform with a patch in which a check finds its fault.
    fn patched(&self, code: &str, patch: &str) -> Result<Platform, Failure> {
        let patched = Platform::compile_anyway(&self.platform.spec, patch)?;
        let said = patched.said();
        if !said.contains(&format!("error[{code}]")) {
            return Err(format!("{code} is not found in its patch: {said}"));
        }
        Ok(patched)
    }

    /// The pods, and what the network does between them once it has taken the newest policies over.
    ///
    /// Each round asks for the pods again: an executor that ends meanwhile is replaced by another.
    fn settled(&self, expected: impl Fn(&Pairs) -> Table) -> Result<(Pairs, Table), Failure> {
        let judged = self.platform.namespaces();
        let mut last = Vec::new();
        let settled = self.cluster.wait_for("a network as it is expected", |_| {
            let round = self.pairs().and_then(|pairs| {
                let expected = expected(&pairs);
                let mut seen = pairs.seen(pairs.tries(&judged))?;
                // On a busy machine a connection may take longer than the probe has patience; among few
                // others it does not.
                seen.extend(pairs.seen(differing(&expected, &seen).map(|(it, _)| *it))?);
                last = pairs.differences(&expected, &seen);
                Ok(last.is_empty().then_some((pairs, seen)))
            });
            Ok(round.unwrap_or_else(|error| {
                last = vec![error];
                None
            }))
        });
        settled.map_err(|error| format!("{error}\n{}", last.join("\n")))
    }

    /// All pods that are ready, of the platform and around it.
    fn pairs(&self) -> Result<Pairs, Failure> {
        let own = self.platform.namespaces();
        let around = ["clients", "hub", "kube-system"];
        let namespaces: Vec<_> = own.iter().map(String::as_str).chain(around).collect();
        let (cluster, flows) = (&self.cluster, &self.platform.flows);
        Pairs::new(cluster, &self.outside, &namespaces, flows)
    }
}
