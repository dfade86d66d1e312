//! The traffic that Spark cannot work without, as far as both ends are in sight.
//!
//! Both ends are read from the objects, so that it also holds for manifests that kiln has never seen.
//! What nobody states, such as the address of a store outside, is evaluated by no policy.

use std::{collections::BTreeMap, net::IpAddr, ops::RangeInclusive};

use super::{Mode, Platform, Program, Property, Role};
use crate::{
    credentials::without_user,
    document::Node,
    graph::Member,
    kubernetes::{
        Answer, Cidr, Connection, ConnectionEnd, Labels, NamedPort, Pod, PodTemplate, Protocol,
    },
    manifests::Peer,
    ports,
};

/// A reason for which pods talk to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Executors and their driver.
    Driver,
    /// Blocks of data: between executors, and from the driver to them.
    Blocks,
    /// Whoever reads or writes data, and the object store.
    Store,
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

/// The ports out of which Linux takes a random one (`net.ipv4.ip_local_port_range`).
const RANDOM: RangeInclusive<u16> = 32768..=60999;

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

    fn to_stores(&self) -> Vec<Traffic<'_>> {
        let mut traffic = Vec::new();
        for program in self.programs() {
            let property = |key| program.properties.value(key);
            let Some(url) = property("spark.hadoop.fs.s3a.endpoint") else {
                continue;
            };
            if property("spark.hadoop.fs.s3a.proxy.host").is_some() {
                continue;
            }
            for from in self.data_pods(program) {
                traffic.extend(self.to_url(&from, url));
            }
        }
        for (from, url) in self.jobs() {
            traffic.extend(self.to_url(&from, url));
        }
        traffic
    }

    /// Jobs, such as those that make buckets, with the URLs in their environment.
    fn jobs(&self) -> impl Iterator<Item = (End<'_>, &str)> {
        self.of_kind("batch", "Job").flat_map(|job| {
            let template = job.object.pod_template().into_iter();
            let variables = template
                .flat_map(|it| it.containers())
                .flat_map(|it| it.node.list_at(["env"]));
            let values = variables.filter_map(|it| it.str_at(["value"]));
            let urls = values.filter(|it| it.starts_with("http://") || it.starts_with("https://"));
            urls.filter_map(|it| Some((workload(job)?, it)))
        })
    }

    fn to_names(&self) -> Vec<Traffic<'_>> {
        let cluster = self.offers.cluster.as_ref();
        let Some(Peer::Pods(pods)) = cluster.map(|it| &it.dns) else {
            return Vec::new();
        };
        let labels: Labels<'_> = pods
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let to = End {
            what: "the cluster's DNS".to_owned(),
            at: ConnectionEnd::Pod(Pod {
                namespace: &pods.namespace,
                labels: labels.and_others(),
                ..Pod::default()
            }),
        };
        let spark = self.programs().iter().flat_map(|it| self.data_pods(it));
        let operator = self.members().filter(|it| is_operator(it));
        let others = operator.filter_map(workload);
        let all = spark.chain(others).chain(self.jobs().map(|(job, _)| job));
        let traffic = all.map(|from| Traffic {
            from,
            to: to.clone(),
            protocol: Protocol::Udp,
            ports: vec![53..=53],
        });
        traffic.collect()
    }

    fn to_api_server(&self) -> Vec<Traffic<'_>> {
        let cluster = self.offers.cluster.iter();
        let endpoints = cluster.flat_map(|it| &it.api_server.endpoints);
        let drivers = self.drivers().filter_map(|it| it.program.driver_pod());
        let operator = self.members().filter(|it| is_operator(it));
        let from: Vec<_> = drivers.chain(operator.filter_map(workload)).collect();
        let traffic = endpoints.flat_map(|endpoint| {
            let to = End {
                what: format!("the API server at {}", endpoint.address),
                at: ConnectionEnd::Addresses(Cidr::from(endpoint.address)),
            };
            let port = endpoint.port;
            from.iter()
                .map(move |from| Traffic::tcp(from, to.clone(), vec![port..=port]))
        });
        traffic.collect()
    }

    fn to_connect(&self) -> Vec<Traffic<'_>> {
        let mut traffic = Vec::new();
        for member in self.members() {
            let Some(template) = member.object.pod_template() else {
                continue;
            };
            let containers: Vec<_> = template.containers().collect();
            let texts = containers.iter().flat_map(|container| {
                let variables = container.node.list_at(["env"]).iter();
                let variables = variables.filter_map(|it| it.get("value"));
                variables.chain(
                    ["command", "args"]
                        .into_iter()
                        .flat_map(|field| container.node.list_at([field])),
                )
            });
            let urls = texts.filter_map(|it| Some(it.as_str()?.split_once("sc://")?.1));
            for url in urls {
                let url = url.split(|it: char| "/;\"' \n".contains(it)).next();
                if let (Some(url), Some(from)) = (url, workload(member)) {
                    let (host, port) = url.split_once(':').unwrap_or((url, ""));
                    let port = if port.is_empty() {
                        Some(ports::CONNECT)
                    } else {
                        port.parse().ok()
                    };
                    traffic.extend(port.and_then(|port| self.to_host(&from, host, port)));
                }
            }
        }
        traffic
    }

    fn to_webhooks(&self) -> Vec<Traffic<'_>> {
        let cluster = self.offers.cluster.iter();
        let endpoints = cluster.flat_map(|it| &it.api_server.endpoints);
        let servers: Vec<_> = endpoints
            .map(|endpoint| End {
                what: "the API server".to_owned(),
                at: ConnectionEnd::Addresses(Cidr::from(endpoint.address)),
            })
            .collect();
        let group = "admissionregistration.k8s.io";
        let mutating = self.of_kind(group, "MutatingWebhookConfiguration");
        let all = mutating.chain(self.of_kind(group, "ValidatingWebhookConfiguration"));
        let webhooks = all.flat_map(|it| it.object.node().list_at(["webhooks"]));
        let mut services: Vec<_> = webhooks
            .filter_map(|it| it.at(["clientConfig", "service"]))
            .filter_map(|it| {
                let port = it.get("port").map_or(Some(443), Node::as_integer)?;
                Some((it.str_at(["namespace"])?, it.str_at(["name"])?, port))
            })
            .collect();
        services.sort_unstable();
        services.dedup();
        let mut traffic = Vec::new();
        for (namespace, name, port) in services {
            let port = u16::try_from(port).ok();
            for from in &servers {
                let to = port.and_then(|port| self.behind(Some(namespace), name, port));
                traffic.extend(to.map(|(to, port)| Traffic::tcp(from, to, vec![port..=port])));
            }
        }
        traffic
    }

    /// Between a worker or a driver and its master, which answers by a connection of its own.
    fn to_master<'p>(&'p self, program: &'p Program<'p>) -> Vec<Traffic<'p>> {
        let url = master_of(program).and_then(|it| it.split_once(':'));
        let (Some((host, port)), Some(from)) = (url, program.driver_pod()) else {
            return Vec::new();
        };
        let number = |port: &str| port.parse::<u16>().ok();
        let there = number(port).and_then(|port| self.to_host(&from, host, port));
        let own_port = match program.role {
            Role::Worker => program.variable("SPARK_WORKER_PORT"),
            _ => None,
        };
        let own_port = own_port.and_then(|it| it.str_at(["value"]));
        let own_port = own_port.or_else(|| program.properties.value("spark.driver.port"));
        let back = there.as_ref().zip(own_port.and_then(number));
        let back = back.map(|(there, port)| Traffic::tcp(&there.to, from, vec![port..=port]));
        back.into_iter().chain(there).collect()
    }

    /// From executors to their driver. A port that nobody pins is random, but for drivers that a
    /// submission starts (`DriverServiceFeatureStep`).
    fn to_driver<'p>(&'p self, program: &'p Program<'p>) -> Vec<Traffic<'p>> {
        let Some(driver) = program.driver_pod() else {
            return Vec::new();
        };
        let is_cluster = program.mode() == Some(Mode::Cluster);
        let port = |keys: &[&str], of_submission: u16| {
            let pinned = keys.iter().find_map(|it| program.properties.get(it));
            match pinned {
                Some(it) => port(it),
                None if is_cluster => Some(of_submission..=of_submission),
                None if program.is_of_operator() => None,
                None => Some(RANDOM),
            }
        };
        let ports = [
            port(&["spark.driver.port"], ports::DRIVER),
            port(
                &["spark.driver.blockManager.port", "spark.blockManager.port"],
                ports::BLOCK_MANAGER,
            ),
        ];
        let mut ports: Vec<_> = ports.into_iter().flatten().collect();
        ports.dedup();
        let executors = self.executors(program).into_iter();
        let traffic = executors.map(|it| Traffic::tcp(&it, driver.clone(), ports.clone()));
        traffic.collect()
    }

    /// To the block managers of executors.
    fn to_executors<'p>(&'p self, program: &'p Program<'p>) -> Vec<Traffic<'p>> {
        let pinned = program.properties.get("spark.blockManager.port");
        let (Some(driver), Some(ports)) = (program.driver_pod(), pinned.map_or(Some(RANDOM), port))
        else {
            return Vec::new();
        };
        let mut traffic = Vec::new();
        for executors in self.executors(program) {
            for from in [&driver, &executors] {
                let to = executors.clone();
                traffic.push(Traffic::tcp(from, to, vec![ports.clone()]));
            }
        }
        traffic
    }

    /// The pods in which a driver's executors run: pods of their own, or those of a standalone cluster's
    /// workers.
    pub(super) fn executors<'p>(&'p self, program: &'p Program<'p>) -> Vec<End<'p>> {
        if program.mode() != Some(Mode::Standalone) || !program.is_complete {
            return program.executor_pod().into_iter().collect();
        }
        let is_worker = |it: &&Program<'_>| {
            it.role == Role::Worker
                && it.namespace() == program.namespace()
                && master_of(it) == master_of(program)
        };
        let workers = self.programs().iter().filter(is_worker);
        workers.filter_map(Program::driver_pod).collect()
    }

    /// The pods of a program that read and write data.
    fn data_pods<'p>(&'p self, program: &'p Program<'p>) -> Vec<End<'p>> {
        let own = program.driver_pod();
        own.into_iter().chain(self.executors(program)).collect()
    }

    /// Traffic to the host and port of a URL.
    fn to_url<'p>(&'p self, from: &End<'p>, url: &'p str) -> Option<Traffic<'p>> {
        let url = url.trim();
        let (scheme, _) = url.split_once("://").unwrap_or(("https", url));
        let host = without_user(url).unwrap_or(url).split('/').next()?;
        let standard = if scheme == "http" { 80 } else { 443 };
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (host, standard),
        };
        self.to_host(from, host, port)
    }

    /// Traffic to a host, when it is an address, a Service in sight, or a name outside of the cluster.
    fn to_host<'p>(&'p self, from: &End<'p>, host: &'p str, port: u16) -> Option<Traffic<'p>> {
        let ConnectionEnd::Pod(pod) = &from.at else {
            return None;
        };
        if host.is_empty() || host.contains(['$', '{', '[']) {
            return None;
        }
        let outside = |at| End {
            what: format!("`{host}`"),
            at,
        };
        if let Ok(address) = host.parse::<IpAddr>() {
            // A private one may be a Service's, which the network translates before or after it
            // evaluates; the pod's own never leaves it.
            let is_own = address.is_loopback() || address.is_unspecified();
            let is_public = matches!(address, IpAddr::V4(it) if !it.is_private()) && !is_own;
            let to = outside(ConnectionEnd::Addresses(Cidr::from(address)));
            return is_public.then(|| Traffic::tcp(from, to, vec![port..=port]));
        }
        let mut parts = host.split('.');
        let service = parts.next()?;
        let namespace = match (parts.next(), parts.next()) {
            (None, _) => Some(pod.namespace).filter(|it| !it.is_empty()),
            (Some(namespace), None | Some("svc")) => Some(namespace),
            _ => {
                let to = outside(ConnectionEnd::Outside);
                return Some(Traffic::tcp(from, to, vec![port..=port]));
            }
        };
        let (to, port) = self.behind(namespace, service, port)?;
        Some(Traffic::tcp(from, to, vec![port..=port]))
    }

    /// The pods behind a Service and the port on which they listen, when one kind of pods in sight is
    /// all that it selects.
    pub(super) fn behind<'p>(
        &'p self,
        namespace: Option<&str>,
        name: &str,
        port: u16,
    ) -> Option<(End<'p>, u16)> {
        let service = self.object("", "Service", namespace, name)?;
        let ports = service.object.node().list_at(["spec", "ports"]);
        let number = |it: &Node| it.get("port").and_then(Node::as_integer);
        let entry = ports.iter().find(|it| number(it) == Some(port.into()))?;
        let end = self.selected(service).pop()?;
        let ConnectionEnd::Pod(pod) = &end.at else {
            return None;
        };
        let target = target_port(entry, pod)?;
        Some((end, target))
    }

    /// The pods that a Service selects, those of workloads and those that Spark's operator makes.
    #[must_use]
    pub fn selected<'p>(&'p self, service: &Member) -> Vec<End<'p>> {
        let Some(selector) = service.object.node().at(["spec", "selector"]) else {
            return Vec::new();
        };
        let namespace = service.object.identity().namespace.as_deref();
        let namespace = namespace.unwrap_or_default();
        let all = self.pods_by_label.candidates(namespace, selector);
        all.filter_map(|at| self.pod_end(at))
            .filter(|end| match &end.at {
                ConnectionEnd::Pod(pod) => {
                    pod.namespace == namespace && pod.labels.match_labels(selector) == Answer::Yes
                }
                _ => false,
            })
            .collect()
    }

    /// The pods of a workload, or behind the workloads of what Spark's operator makes, by a position.
    fn pod_end(&self, at: usize) -> Option<End<'_>> {
        let members = self.graph.members.len();
        match at.checked_sub(members + self.graph.embedded.len()) {
            Some(program) => self.programs().get(program)?.driver_pod(),
            None => match at.checked_sub(members) {
                Some(embedded) => workload(self.graph.embedded.get(embedded)?),
                None => workload(self.graph.members.get(at)?),
            },
        }
    }
}

/// Where pods are among the members, and behind them the programs, by namespace and label: each Service looks
/// for its own.
#[derive(Debug, Default)]
pub(super) struct PodsByLabel(BTreeMap<String, OfNamespace>);

#[derive(Debug, Default)]
struct OfNamespace {
    all: Vec<usize>,
    by_label: BTreeMap<(String, String), Vec<usize>>,
}

impl PodsByLabel {
    /// The pods of a platform.
    pub(super) fn new(platform: &Platform<'_>) -> Self {
        let mut found = Self::default();
        let members = platform.graph.members.len() + platform.graph.embedded.len();
        for at in 0..members + platform.programs().len() {
            let end = platform.pod_end(at);
            let Some(ConnectionEnd::Pod(pod)) = end.map(|it| it.at) else {
                continue;
            };
            let of_namespace = found.0.entry(pod.namespace.to_owned()).or_default();
            of_namespace.all.push(at);
            for (key, value) in pod.labels.known() {
                let label = (key.to_owned(), value.to_owned());
                of_namespace.by_label.entry(label).or_default().push(at);
            }
        }
        found
    }

    /// The positions of those that surely have the first label of a selector.
    fn candidates(&self, namespace: &str, selector: &Node) -> impl Iterator<Item = usize> {
        let of_namespace = self.0.get(namespace);
        let positions = of_namespace.and_then(|it| match selector.entries().next() {
            Some((key, value)) => {
                let label = (key.clone(), value.as_str()?.to_owned());
                it.by_label.get(&label)
            }
            None => Some(&it.all),
        });
        positions.into_iter().flatten().copied()
    }
}

/// The port of a pod to which an entry of a Service leads.
#[must_use]
pub fn target_port(entry: &Node, pod: &Pod<'_>) -> Option<u16> {
    let target = entry.get("targetPort").or(entry.get("port"))?;
    let number = || u16::try_from(target.as_integer()?).ok();
    let named = |it: &&NamedPort<'_>| Some(it.name) == target.as_str();
    let port = pod.ports.iter().find(named).map(|it| it.number);
    port.or_else(number)
}

/// The pods of a workload.
pub(super) fn workload(member: &Member) -> Option<End<'_>> {
    Some(End {
        what: member.object.identity().to_string(),
        at: ConnectionEnd::Pod(Pod::of(&member.object)?),
    })
}

/// Whether an object runs the operator of Spark: its image's entry point knows these two words.
fn is_operator(member: &Member) -> bool {
    let template = member.object.pod_template();
    let mut containers = template.into_iter().flat_map(|it| it.containers());
    containers.any(|it| {
        let words = it.node.list_at(["args"]).iter();
        let words: Vec<_> = words.filter_map(Node::as_str).take(2).collect();
        matches!(words[..], ["controller" | "webhook", "start"])
    })
}

/// The master of a standalone cluster, as `HOST:PORT`, that a driver or worker registers with.
fn master_of<'p>(program: &'p Program<'_>) -> Option<&'p str> {
    let words = program.arguments.words().map(|(word, _)| word);
    let property = program.properties.value("spark.master");
    let mut all = property.into_iter().chain(words);
    all.find_map(|it| it.strip_prefix("spark://"))
}

/// The number of a property; 0 is random. None when it is filled in later.
fn port(property: &Property<'_>) -> Option<RangeInclusive<u16>> {
    match property.value.trim().parse().ok()? {
        0 => Some(RANDOM),
        number => Some(number..=number),
    }
}

impl Program<'_> {
    /// The pod of the program itself, when it is known.
    #[must_use]
    pub fn driver_pod(&self) -> Option<End<'_>> {
        let identity = self.member.object.identity();
        let (what, pod) = if let Some(spec) = self.application() {
            let pod = self.of_application(spec.get("driver")?, "driver")?;
            (format!("the driver of {identity}"), pod)
        } else {
            // A submission makes another pod for the driver.
            let is_elsewhere = self.is_driver() && self.mode() == Some(Mode::Cluster);
            let mut pod = self.pod_of(self.pod.filter(|_| !is_elsewhere)?);
            if self.is_of_operator() {
                pod.labels = pod.labels.and_others();
            }
            (identity.to_string(), pod)
        };
        let at = ConnectionEnd::Pod(pod);
        Some(End { what, at })
    }

    /// The pods of its executors, when Kubernetes makes them in the driver's namespace and all that they
    /// are made of is in sight.
    #[must_use]
    pub fn executor_pod(&self) -> Option<End<'_>> {
        if !self.is_on_kubernetes() || !self.is_complete {
            return None;
        }
        let pod = if let Some(spec) = self.application() {
            self.of_application(spec.get("executor")?, "executor")?
        } else {
            let template = "spark.kubernetes.executor.podTemplateFile";
            let mut pod = match &self.executor {
                Some(template) => self.pod_of(template),
                None if self.properties.get(template).is_some() => return None,
                None => Pod::default(),
            };
            let of_driver = self.namespace();
            // Without any namespace in sight, both are where somebody applies this.
            let stated = self.properties.get("spark.kubernetes.namespace");
            pod.namespace = match (of_driver, stated) {
                (None, Some(_)) => return None,
                (None, None) => "",
                (Some(_), _) => self.executor_namespace()?,
            };
            self.add_labels(&mut pod.labels, "executor");
            if self.is_of_operator() {
                pod.labels = pod.labels.and_others();
            }
            pod
        };
        Some(End {
            what: format!("the executors of {}", self.member.object.identity()),
            at: ConnectionEnd::Pod(pod),
        })
    }

    /// Whether Spark's operator makes it.
    #[must_use]
    pub fn is_of_operator(&self) -> bool {
        self.member.object.identity().group == "sparkoperator.k8s.io"
    }

    fn pod_of<'p>(&'p self, node: &'p Node) -> Pod<'p> {
        let template = PodTemplate { path: &[], node };
        Pod::of_template(self.namespace().unwrap_or_default(), &template)
    }

    /// A pod of an application: the labels of its template, those of its own field, and the operator's.
    fn of_application<'p>(&'p self, own: &'p Node, role: &'static str) -> Option<Pod<'p>> {
        let mut pod = match own.get("template") {
            Some(template) => self.pod_of(template),
            None => Pod {
                namespace: self.namespace().unwrap_or_default(),
                ..Pod::default()
            },
        };
        pod.host_network |= own.get("hostNetwork").and_then(Node::as_bool) == Some(true);
        for (key, value) in own.get("labels").into_iter().flat_map(Node::entries) {
            pod.labels.insert(key, value.as_str()?);
        }
        self.add_labels(&mut pod.labels, role);
        let launched = "sparkoperator.k8s.io/launched-by-spark-operator";
        pod.labels.insert(launched, "true");
        for key in LABELS_OF_OPERATOR {
            pod.labels.insert_unknown(key);
        }
        Some(pod)
    }

    /// The labels that Spark itself sets, and those that properties ask for.
    fn add_labels<'p>(&'p self, labels: &mut Labels<'p>, role: &'static str) {
        for key in LABELS_OF_SPARK {
            labels.insert_unknown(key);
        }
        for property in &self.properties {
            let key = property.key.strip_prefix("spark.kubernetes.");
            let key = key.and_then(|it| it.strip_prefix(role)?.strip_prefix(".label."));
            if let Some(key) = key {
                labels.insert(key, &property.value);
            }
        }
        labels.insert("spark-role", role);
    }
}

/// Labels whose values only a running application knows (`KubernetesConf`).
const LABELS_OF_SPARK: [&str; 5] = [
    "spark-app-selector",
    "spark-app-name",
    "spark-exec-id",
    "spark-exec-resourceprofile-id",
    "spark-version",
];

/// Labels that the operator sets on the pods of applications (`pkg/common/spark.go`).
const LABELS_OF_OPERATOR: [&str; 4] = [
    "sparkoperator.k8s.io/app-name",
    "sparkoperator.k8s.io/submission-id",
    "sparkoperator.k8s.io/scheduled-app-name",
    "sparkoperator.k8s.io/mutated-by-spark-operator",
];
