//! The hosts beside Spark's own that its programs connect to, because a property names them.

use std::net::IpAddr;

use super::{End, Platform, Program, Property, traffic::workload};
use crate::{
    document::Origins,
    graph::Member,
    kubernetes::{Cidr, Connection, ConnectionEnd, Denial, Labels, Pod, Protocol, Verdict},
    manifests::WORKLOAD_LABEL,
    spark::hosts::{Client, client, hosts, java_proxies},
};

/// A host that a property names, and one kind of the pods that connect to it.
#[derive(Clone, Debug)]
pub struct NamedHost<'p> {
    /// What names it: a property, or a field of an application.
    pub key: &'p str,
    /// What made the value.
    pub origins: &'p Origins,
    /// The object that holds it.
    pub member: &'p Member,
    /// The name or address.
    pub name: &'p str,
    /// The port.
    pub port: u16,
    /// Who connects.
    pub from: End<'p>,
}

/// What names a host.
#[derive(Clone, Copy)]
struct Source<'p> {
    key: &'p str,
    origins: &'p Origins,
    member: &'p Member,
}

impl<'p> From<&'p Property<'p>> for Source<'p> {
    fn from(property: &'p Property<'p>) -> Self {
        Self {
            key: &property.key,
            origins: &property.origins,
            member: property.member,
        }
    }
}

/// Where packages come from unless somebody says otherwise.
const CENTRAL: (&str, u16) = ("repo1.maven.org", 443);

impl Platform<'_> {
    /// The hosts that programs connect to because a property names them. Object stores are no part of
    /// it, except those of single buckets.
    #[must_use]
    pub fn named_hosts(&self) -> Vec<NamedHost<'_>> {
        let mut found = Vec::new();
        for program in self.programs().iter().filter(|it| it.is_driver()) {
            let proxies = Proxies::of(program);
            for property in &program.properties {
                let Some(client) = client(&property.key) else {
                    continue;
                };
                for host in hosts(&property.value) {
                    let is_by_proxy = proxies.java && host.is_http
                        || proxies.s3a && property.key.contains(".s3a.");
                    if !is_by_proxy {
                        self.add(
                            program,
                            property.into(),
                            client,
                            (host.name, host.port),
                            &mut found,
                        );
                    }
                }
            }
            self.add_main_file(program, &proxies, &mut found);
            self.add_proxy(program, &mut found);
            self.add_java_proxies(program, &mut found);
            self.add_graphite(program, &mut found);
            if !proxies.java {
                self.add_central(program, &mut found);
            }
        }
        found
    }

    /// The proxy of S3A.
    fn add_proxy<'p>(&'p self, program: &'p Program<'p>, found: &mut Vec<NamedHost<'p>>) {
        let properties = &program.properties;
        let Some(host) = properties.get("spark.hadoop.fs.s3a.proxy.host") else {
            return;
        };
        let port = match properties.value("spark.hadoop.fs.s3a.proxy.port") {
            Some(port) => port.trim().parse().ok(),
            None => Some(443),
        };
        if let Some(port) = port {
            let name = host.value.trim();
            self.add(program, host.into(), Client::All, (name, port), found);
        }
    }

    /// Where the driver of an application gets its main file.
    fn add_main_file<'p>(
        &'p self,
        program: &'p Program<'p>,
        proxies: &Proxies,
        found: &mut Vec<NamedHost<'p>>,
    ) {
        let key = "mainApplicationFile";
        let file = program.application().and_then(|it| it.get(key));
        let Some(file) = file else {
            return;
        };
        let source = Source {
            key,
            origins: &file.origins,
            member: program.member,
        };
        for host in hosts(file.as_str().unwrap_or_default()) {
            if !(proxies.java && host.is_http) {
                let host = (host.name, host.port);
                self.add(program, source, Client::Driver, host, found);
            }
        }
    }

    /// The proxies of Java.
    fn add_java_proxies<'p>(&'p self, program: &'p Program<'p>, found: &mut Vec<NamedHost<'p>>) {
        for (role, client) in [("driver", Client::Driver), ("executor", Client::Executors)] {
            for options in program.properties.java_options(role) {
                for proxy in java_proxies(&options.value) {
                    self.add(program, options.into(), client, proxy, found);
                }
            }
        }
    }

    /// Where metrics are sent. Only TCP says that nobody listens.
    fn add_graphite<'p>(&'p self, program: &'p Program<'p>, found: &mut Vec<NamedHost<'p>>) {
        let properties = &program.properties;
        for property in properties {
            let Some(sink) = property.key.strip_suffix(".sink.graphite.host") else {
                continue;
            };
            let client = match sink.strip_prefix("spark.metrics.conf.") {
                Some("*") => Client::All,
                Some("driver") => Client::Driver,
                Some("executor") => Client::Executors,
                _ => continue,
            };
            let option = |name: &str| properties.value(&format!("{sink}.sink.graphite.{name}"));
            let port = option("port").and_then(|it| it.trim().parse().ok());
            let is_udp = option("protocol").is_some_and(|it| it.eq_ignore_ascii_case("udp"));
            if let Some(port) = port.filter(|_| !is_udp) {
                let host = (property.value.trim(), port);
                self.add(program, property.into(), client, host, found);
            }
        }
    }

    /// Maven Central, for packages without repositories of their own.
    fn add_central<'p>(&'p self, program: &'p Program<'p>, found: &mut Vec<NamedHost<'p>>) {
        let properties = &program.properties;
        let packages = properties.get("spark.jars.packages");
        let packages = packages.filter(|it| !it.value.trim().is_empty());
        let others = ["spark.jars.repositories", "spark.jars.ivySettings"];
        if let Some(packages) = packages
            && others.iter().all(|it| properties.get(it).is_none())
        {
            self.add(program, packages.into(), Client::Resolver, CENTRAL, found);
        }
    }

    fn add<'p>(
        &'p self,
        program: &'p Program<'p>,
        source: Source<'p>,
        client: Client,
        (name, port): (&'p str, u16),
        found: &mut Vec<NamedHost<'p>>,
    ) {
        let executors = match client {
            Client::All | Client::Executors => self.executors(program),
            Client::Driver | Client::Resolver => Vec::new(),
        };
        let operator = match client {
            Client::Resolver if program.application().is_some() => self.operator(),
            _ => None,
        };
        let operator = operator.and_then(|it| workload(it.member));
        let driver = program.driver_pod().or_else(|| self.notebook(program));
        let driver = driver.filter(|_| client != Client::Executors);
        let all = driver.into_iter().chain(executors).chain(operator);
        found.extend(all.map(|from| NamedHost {
            key: source.key,
            origins: source.origins,
            member: source.member,
            name,
            port,
            from,
        }));
    }

    /// The pods of notebooks, which mount the file of properties that the spec makes for them.
    fn notebook<'p>(&'p self, program: &'p Program<'p>) -> Option<End<'p>> {
        let notebook = self.offers.notebook.as_ref()?;
        let file = program.member.object.identity();
        let is_mounted = file.kind == "ConfigMap" && file.name == notebook.config_map;
        let pods = self.offers.senders.get("notebooks")?.first()?;
        let labels = pods.labels.iter();
        let labels: Labels<'_> = labels
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        is_mounted.then(|| End {
            what: "the notebooks".to_owned(),
            at: ConnectionEnd::Pod(Pod {
                namespace: &pods.namespace,
                labels: labels.and_others(),
                ..Pod::default()
            }),
        })
    }

    /// The policies that surely keep a host from whoever connects to it, wherever it may be; none when
    /// any of them may let the connection through.
    #[must_use]
    pub fn barriers<'p>(&'p self, host: &NamedHost<'p>) -> Vec<Denial<'p>> {
        let ConnectionEnd::Pod(pod) = &host.from.at else {
            return Vec::new();
        };
        let policies = self.network_policies();
        let api_server = self.offers.cluster.iter().map(|it| &it.api_server);
        let api_server: Vec<_> = api_server
            .flat_map(|it| it.endpoints.iter().chain(&it.service))
            .map(|it| Cidr::from(it.address))
            .collect();
        let unseen = |to: &ConnectionEnd<'_>| policies.confine(pod, to, host.port, &api_server);
        let sides: Option<Vec<_>> = match self.place(host.name, pod.namespace) {
            HostLocation::Own => None,
            HostLocation::Service(namespace, service) => {
                let behind = self.behind(Some(namespace), service, host.port);
                return behind.map_or_else(Vec::new, |(to, port)| {
                    let connection = Connection {
                        from: host.from.at.clone(),
                        to: to.at,
                        protocol: Protocol::Tcp,
                        ports: port..=port,
                    };
                    match policies.evaluate(&connection) {
                        Verdict::Blocked { by, .. } => by,
                        _ => Vec::new(),
                    }
                });
            }
            HostLocation::Unseen(places) => places.iter().map(unseen).collect(),
        };
        let mut sides = sides.unwrap_or_default();
        sides.dedup();
        sides
    }

    /// Where a host may be, for a pod of a namespace.
    fn place<'p>(&'p self, name: &'p str, own: &'p str) -> HostLocation<'p> {
        let pod_of = |namespace| {
            let labels = Labels::default().and_others().without(WORKLOAD_LABEL);
            ConnectionEnd::Pod(Pod {
                namespace,
                labels,
                ..Pod::default()
            })
        };
        if let Ok(address) = name.parse::<IpAddr>() {
            let outside = ConnectionEnd::Addresses(Cidr::from(address));
            return match address {
                _ if address.is_loopback() || address.is_unspecified() => HostLocation::Own,
                IpAddr::V4(it) if !it.is_private() => HostLocation::Unseen(vec![outside]),
                // It may be that of a Service.
                _ => HostLocation::Unseen(vec![outside, pod_of("")]),
            };
        }
        let mut parts = name.split('.');
        let service = parts.next().unwrap_or_default();
        let (namespace, is_certain) = match (parts.next(), parts.next()) {
            (None, _) => (own, true),
            (Some(namespace), Some("svc")) => (namespace, true),
            (Some(namespace), None) => (namespace, false),
            _ => return HostLocation::Unseen(vec![ConnectionEnd::Outside]),
        };
        if self
            .object("", "Service", Some(namespace), service)
            .is_some()
        {
            return HostLocation::Service(namespace, service);
        }
        let outside = (!is_certain).then_some(ConnectionEnd::Outside);
        HostLocation::Unseen([pod_of(namespace)].into_iter().chain(outside).collect())
    }
}

/// Where a host is.
enum HostLocation<'p> {
    /// In the pod itself.
    Own,
    /// Behind a Service that is in sight, by its namespace and name.
    Service(&'p str, &'p str),
    /// Out of sight, in one of these places.
    Unseen(Vec<ConnectionEnd<'p>>),
}

/// The proxies through which a program goes.
struct Proxies {
    /// Of Java, for HTTP.
    java: bool,
    /// Of S3A.
    s3a: bool,
}

impl Proxies {
    fn of(program: &Program<'_>) -> Self {
        let mut options = program.properties.java_options("driver");
        Self {
            java: options
                .any(|it| it.value.contains("proxyHost=") || it.value.contains("useSystemProxies")),
            s3a: program
                .properties
                .get("spark.hadoop.fs.s3a.proxy.host")
                .is_some(),
        }
    }
}
