//! Who reaches whom, tried from the networks of the pods themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use kiln::{
    components::{Flow, Peer, Pods},
    kubernetes::{Connection, ConnectionEnd, NetworkPolicies, Object, Protocol, Verdict},
};

use crate::{
    cluster::{Cluster, Failure, Pod},
    lab::Lab,
    platform::{Platform, apply_as},
};

/// A port that no flow names.
const OTHER: u16 = 12345;

/// The API server: its own address, and its Service's.
const API_SERVER: [(&str, u16); 2] = [("10.250.0.1", 6443), ("10.96.0.1", 443)];

/// The pods between which connections are tried.
pub struct Pairs {
    pods: Vec<Pod>,
    processes: Vec<String>,
    ports: BTreeSet<u16>,
    /// They make every port of every pod one that answers.
    _listeners: Vec<Listener>,
}

/// A connection: its sender and its receiver by their positions, or an address outside, and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Try {
    from: usize,
    to: Target,
    port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Pod(usize),
    Outside(&'static str),
}

/// Which connections get through.
pub type Table = BTreeMap<Try, bool>;

impl Pairs {
    /// Prepares the pods that run in some namespaces, for the ports of flows.
    pub fn new(cluster: &Cluster, namespaces: &[&str], flows: &[Flow]) -> Result<Self, Failure> {
        let mut pods = Vec::new();
        for namespace in namespaces {
            let found = cluster.pods(namespace, "")?;
            pods.extend(found.into_iter().filter(Pod::is_ready));
        }
        let processes: Vec<_> = pods
            .iter()
            .map(|it| cluster.process(it))
            .collect::<Result<_, _>>()?;
        let between_pods = flows.iter().filter(|it| matches!(it.to, Peer::Pods(_)));
        let ports = between_pods.flat_map(|it| &it.ports);
        let mut ports: BTreeSet<_> = ports
            .filter(|it| it.protocol == "TCP")
            .flat_map(|it| *it.first..=it.last.as_ref().unwrap_or(&it.first).value)
            .collect();
        ports.insert(OTHER);
        let listeners = processes.iter().map(|it| Listener::start(it, &ports));
        Ok(Self {
            _listeners: listeners.collect::<Result<_, _>>()?,
            pods,
            processes,
            ports,
        })
    }

    /// How many pods there are.
    pub fn count(&self) -> usize {
        self.pods.len()
    }

    /// The connections of which policies of these namespaces decide: one end lies in them.
    fn tries(&self, judged: &BTreeSet<String>) -> Vec<Try> {
        let is_judged = |at: usize| judged.contains(self.pods[at].namespace());
        let mut tries = Vec::new();
        for from in 0..self.pods.len() {
            for to in (0..self.pods.len()).filter(|to| *to != from) {
                if is_judged(from) || is_judged(to) {
                    let to = Target::Pod(to);
                    tries.extend(self.ports.iter().map(|&port| Try { from, to, port }));
                }
            }
            if is_judged(from) {
                tries.extend(API_SERVER.map(|(address, port)| Try {
                    from,
                    to: Target::Outside(address),
                    port,
                }));
            }
        }
        tries
    }

    /// What the flows promise: they pass, and nothing else does.
    pub fn promised(&self, flows: &[Flow], judged: &BTreeSet<String>) -> Table {
        let is_promised = |it: &Try| {
            flows.iter().any(|flow| {
                let to = match (it.to, &flow.to) {
                    (Target::Pod(at), Peer::Pods(pods)) => is_of(&self.pods[at], pods),
                    (Target::Outside(address), Peer::Addresses(blocks)) => {
                        let block = format!("{address}/32");
                        blocks.iter().any(|it| it.value == block)
                    }
                    _ => false,
                };
                let from = match &flow.from {
                    Peer::Pods(pods) => is_of(&self.pods[it.from], pods),
                    Peer::Addresses(_) => false,
                };
                let mut ports = flow.ports.iter().filter(|it| it.protocol == "TCP");
                from && to
                    && ports.any(|port| {
                        let last = port.last.as_ref().unwrap_or(&port.first);
                        (*port.first..=**last).contains(&it.port)
                    })
            })
        };
        let tries = self.tries(judged).into_iter();
        tries.map(|it| (it, is_promised(&it))).collect()
    }

    /// What kiln takes policies for, where it is certain: blocks of addresses may hold a pod's or not.
    pub fn judged<'a>(
        &self,
        objects: impl IntoIterator<Item = &'a Object>,
        judged: &BTreeSet<String>,
    ) -> Table {
        let policies = NetworkPolicies::new(objects);
        let ends: Vec<_> = self.pods.iter().map(policed).collect();
        let tries = self.tries(judged).into_iter();
        tries
            .filter_map(|it| {
                let to = match it.to {
                    Target::Pod(at) => ConnectionEnd::Pod(ends[at].clone()),
                    Target::Outside(address) => {
                        let block = format!("{address}/32");
                        ConnectionEnd::Addresses(block.parse().expect("it is a block"))
                    }
                };
                let connection = Connection {
                    from: ConnectionEnd::Pod(ends[it.from].clone()),
                    to,
                    protocol: Protocol::Tcp,
                    ports: it.port..=it.port,
                };
                match policies.judge(&connection) {
                    Verdict::Allowed => Some((it, true)),
                    Verdict::Blocked { .. } => Some((it, false)),
                    Verdict::Unknown => None,
                }
            })
            .collect()
    }

    /// What the node's network does.
    pub fn seen(&self, judged: &BTreeSet<String>) -> Result<Table, Failure> {
        let mut by_sender: BTreeMap<usize, Vec<Try>> = BTreeMap::new();
        for it in self.tries(judged) {
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

    fn connect(&self, from: usize, tries: Vec<Try>) -> Result<Vec<(Try, bool)>, Failure> {
        let lines = tries.iter().map(|it| {
            let address = match it.to {
                Target::Pod(at) => self.pods[at].address().expect("a pod that runs has one"),
                Target::Outside(address) => address,
            };
            format!("{address} {}\n", it.port)
        });
        let input: String = lines.collect();
        let mut child = probe(&self.processes[from], ["connect"])?;
        let mut pipe = child.stdin.take().expect("the input is a pipe");
        let output = thread::scope(|scope| {
            scope.spawn(move || pipe.write_all(input.as_bytes()));
            child.wait_with_output().expect("the probe ends")
        });
        let answers = String::from_utf8_lossy(&output.stdout).into_owned();
        let answers: Vec<_> = answers.lines().map(|it| it == "yes").collect();
        if answers.len() != tries.len() {
            return Err(format!("{} cannot probe", self.pods[from].name()));
        }
        Ok(tries.into_iter().zip(answers).collect())
    }

    /// What the node's network does, once it has taken the newest policies over.
    fn settled(
        &self,
        cluster: &Cluster,
        expected: &Table,
        judged: &BTreeSet<String>,
    ) -> Result<Table, Failure> {
        let mut last = Vec::new();
        let settled = cluster.wait_for("a network as it is expected", |_| {
            let seen = self.seen(judged)?;
            last = self.differences(expected, &seen);
            Ok(last.is_empty().then_some(seen))
        });
        settled.map_err(|error| format!("{}\n{error}", last.join("\n")))
    }

    /// Where two tables differ, in words.
    pub fn differences(&self, expected: &Table, found: &Table) -> Vec<String> {
        let differing = expected.iter().filter(|(it, passes)| found[it] != **passes);
        differing
            .map(|(it, passes)| {
                let to = match it.to {
                    Target::Pod(at) => self.pods[at].name(),
                    Target::Outside(address) => address,
                };
                let words = if *passes {
                    "is blocked"
                } else {
                    "gets through"
                };
                let from = self.pods[it.from].name();
                format!("{from} to {to}, port {}: {words}", it.port)
            })
            .collect()
    }
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
    fn start(process: &str, ports: &BTreeSet<u16>) -> Result<Self, Failure> {
        let ports = ports.iter().map(u16::to_string);
        let arguments: Vec<_> = ["listen".to_owned()].into_iter().chain(ports).collect();
        let mut child = probe(process, &arguments)?;
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

/// Starts the probe in the network of a process.
fn probe(
    process: &str,
    arguments: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>,
) -> Result<Child, Failure> {
    let script: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/probe.py");
    Command::new("nsenter")
        .args(["--target", process, "--net", "python3"])
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
    let promised = pairs.promised(&lab.platform.flows, &judged);
    let members = &lab.platform.compilation.graph.members;
    let taken_for = pairs.judged(members.iter().map(|it| &it.object), &judged);
    let differences = pairs.differences(&taken_for, &promised);
    if !differences.is_empty() {
        return Err(format!(
            "kiln judges otherwise than its flows: {}",
            differences.join("\n")
        ));
    }
    let seen = pairs.settled(&lab.cluster, &promised, &judged)?;
    let passing = seen.values().filter(|it| **it).count();
    Ok(format!(
        "{} connections between {} pods, of which {passing} pass",
        seen.len(),
        pairs.count()
    ))
}

/// Policies that a patch makes too strict, each with the check that finds them.
const BLOCKED: [(&str, &str); 7] = [
    ("E0901", include_str!("blocked/E0901.toml")),
    ("E0903", include_str!("blocked/E0903.toml")),
    ("E0904", include_str!("blocked/E0904.toml")),
    ("E0905", include_str!("blocked/E0905.toml")),
    ("E0906", include_str!("blocked/E0906.toml")),
    ("E0907", include_str!("blocked/E0907.toml")),
    ("E0909", include_str!("blocked/E0909.toml")),
];

/// What kiln says that a patched policy blocks is blocked, and the rest passes.
pub fn what_checks_call_blocked_is_blocked(lab: &mut Lab) -> Result<String, Failure> {
    let judged = lab.platform.namespaces();
    let pairs = lab.pairs()?;
    let as_compiled = pairs.seen(&judged)?;
    let mut found = Vec::new();
    for (code, patch) in BLOCKED {
        let patched = Platform::compile_anyway(&lab.platform.spec, patch)?;
        let said = patched.said();
        if !said.contains(&format!("error[{code}]")) {
            return Err(format!("{code} is not found in its patch: {said}"));
        }
        apply_as(&lab.cluster, "kiln", &patched.objects(&["NetworkPolicy"]))?;
        let members = &patched.compilation.graph.members;
        let expected = pairs.judged(members.iter().map(|it| &it.object), &judged);
        let seen = pairs.settled(&lab.cluster, &expected, &judged)?;
        let blocked = seen
            .iter()
            .filter(|(it, passes)| !**passes && as_compiled[it]);
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
    pairs.settled(&lab.cluster, &as_compiled, &judged)?;
    Ok(format!(
        "connections that are blocked: {}",
        found.join(", ")
    ))
}

impl Lab {
    /// All pods that are ready, of the platform and around it.
    fn pairs(&self) -> Result<Pairs, Failure> {
        let own = self.platform.namespaces();
        let around = ["clients", "hub", "kube-system"];
        let namespaces: Vec<_> = own.iter().map(String::as_str).chain(around).collect();
        Pairs::new(&self.cluster, &namespaces, &self.platform.flows)
    }
}
