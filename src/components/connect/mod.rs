//! `[connect.NAME]`: Spark Connect servers.
//!
//! What Spark is told stands in `properties`; what the server is on Kubernetes, in `deployment` and
//! `custom_resource`; the cluster that comes with `backend = "standalone"`, and Celeborn, in the files of
//! those names.

mod celeborn;
mod custom_resource;
mod deployment;
mod properties;
mod standalone;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::{celeborn::Celeborn, standalone::Standalone};
use super::{
    Build, Component, Entry, Occurrence, Offers,
    offers::{self, Image},
    reference::{CatalogRef, ImageRef, NamespaceRef, QueueRef, SecretRef},
    workload::{
        Catalogs, DriverContainer, DynamicAllocation, Executor, UserConf, driver_metrics,
        spark_traffic, store_traffic,
    },
};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::{Origins, Sourced},
    kubernetes::{ConfigKey, ServiceName},
    manifests::{Peer, Pods, Port, pods_of},
    ports,
    spark::{Line, SparkVersion},
    values::MavenCoordinates,
};

/// The longest value of a label, and the longest name of a Service.
const LONGEST_LABEL: usize = 63;

/// A Spark Connect server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where the server and its executors run.
    namespace: Sourced<NamespaceRef>,
    /// What the server is on Kubernetes: a Deployment of kiln's (`deployment`), or a `SparkConnect`
    /// (`custom-resource`), from which the operator makes it. Either way clients connect to the Service
    /// `spark-connect-NAME`.
    #[serde(default)]
    #[schemars(extend("x-kiln-fact" = true))]
    form: Sourced<Form>,
    /// Where its tasks run: in executors that it spawns as pods (`kubernetes`), in workers that are
    /// always there (`standalone`), or in its own container (`local`). The last two need no right to
    /// call Kubernetes.
    #[serde(default)]
    #[schemars(extend("x-kiln-fact" = true, "default" = "kubernetes"))]
    backend: Sourced<Backend>,
    /// The image of the server and of its executors.
    image: Sourced<ImageRef>,
    /// The server's container.
    #[serde(default)]
    driver: DriverContainer,
    /// The queue of a batch scheduler in which its pods wait for room.
    queue: Option<Sourced<QueueRef>>,
    /// The token that clients have to show, from a Secret. Spark 4.0 and newer ask for one, and clients then speak
    /// TLS alone: a route has to lead to the server.
    token: Option<Token>,
    /// Jars to download at the start, as Maven coordinates. Jars in the image start faster and need
    /// no way to the internet. A mirror in a private network needs a flow.
    #[serde(default)]
    packages: Vec<Sourced<MavenCoordinates>>,
    /// The catalogs of tables that it knows. Jars that the image does not declare are downloaded at the start.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    catalogs: Vec<Sourced<CatalogRef>>,
    /// The ServiceAccount of the server, for clouds that know pods by its name; `spark-connect-NAME` when
    /// absent. That of its executors is called the same, with `-executors`.
    service_account: Option<Sourced<ServiceName>>,
    /// Spark properties that no other key computes.
    #[serde(default)]
    conf: UserConf,
}

/// A token that clients have to show.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Token {
    /// The Secret that holds it.
    secret: Sourced<SecretRef>,
    /// Its key.
    #[serde(default = "token")]
    key: Sourced<ConfigKey>,
}

fn token() -> Sourced<ConfigKey> {
    Sourced::constant("token".parse().expect("it is a key"))
}

/// What a server is on Kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Form {
    #[default]
    Deployment,
    CustomResource,
}

/// Where a server's tasks run.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
#[expect(clippy::large_enum_variant, reason = "a server has one")]
enum Backend {
    /// Tasks run in executors that the server spawns as pods.
    Kubernetes(Executors),
    /// Tasks run in workers that are always there.
    Standalone(Executors, Workers),
    /// Tasks run in the server's own container: size it by `driver`.
    Local,
}

impl Default for Backend {
    fn default() -> Self {
        Self::Kubernetes(Executors::default())
    }
}

impl Backend {
    const fn name(&self) -> &'static str {
        match self {
            Self::Kubernetes(_) => "kubernetes",
            Self::Standalone(..) => "standalone",
            Self::Local => "local",
        }
    }

    /// What there is to say of executors, where there are any.
    const fn executors(&self) -> Option<&Executors> {
        match self {
            Self::Kubernetes(executors) | Self::Standalone(executors, _) => Some(executors),
            Self::Local => None,
        }
    }

    /// The cluster of the server's own, where it has one.
    const fn standalone(&self) -> Option<&Sourced<Standalone>> {
        match self {
            Self::Standalone(_, workers) => Some(&workers.standalone),
            Self::Kubernetes(_) | Self::Local => None,
        }
    }

    /// Whether the server spawns its executors as pods.
    const fn spawns(&self) -> bool {
        matches!(self, Self::Kubernetes(_))
    }
}

/// The processes in which tasks run, when not in the server's own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Executors {
    /// The container of each executor; with `backend = "standalone"` of each worker, which runs one.
    #[serde(default)]
    executor: Sourced<Executor>,
    /// How the number of executors follows the work; without it the number is fixed.
    dynamic_allocation: Option<Sourced<DynamicAllocation>>,
    /// Where shuffle data lies, when not with the executors.
    celeborn: Option<Sourced<Celeborn>>,
}

/// A cluster of the server's own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Workers {
    /// Say how many workers there are: `standalone = { workers = 3 }`.
    standalone: Sourced<Standalone>,
}

/// The component.
pub struct Connect;

impl Component for Connect {
    type Settings = Settings;
    const TABLE: &'static str = "connect";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const ABOUT: &'static str = "Spark Connect servers: long-lived drivers that clients share.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let server = Server::new(entry);
        let name = format!("connect.{}", *entry.name);
        offers.endpoints.insert(
            name.clone(),
            offers::Endpoint {
                peer: Peer::Pods(server.pods()),
                ports: vec![Port::tcp(ports::CONNECT)],
                service: Some(offers::Service {
                    name: server.name.clone(),
                    port: ports::CONNECT,
                    protocol: offers::Protocol::Grpc,
                }),
            },
        );
        offers.endpoints.insert(
            server.name_of_ui(),
            offers::Endpoint {
                peer: Peer::Pods(server.pods()),
                ports: vec![Port::tcp(ports::DRIVER_UI)],
                service: Some(offers::Service {
                    name: server.name.clone(),
                    port: ports::DRIVER_UI,
                    protocol: offers::Protocol::Web,
                }),
            },
        );
        offers.scraped.push(offers::Scraped {
            name: server.name.value.clone(),
            pods: server.pods(),
            source: driver_metrics("ui"),
            origins: entry.origins.clone(),
        });
        let executors = match *entry.settings.backend {
            Backend::Kubernetes(_) => Some(server.executor_pods()),
            Backend::Standalone(..) => Some(server.standalone_pods(&server.workers_name())),
            Backend::Local => None,
        };
        let pods = [server.pods()].into_iter().chain(executors);
        offers.senders.insert(name, pods.collect());
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let server = Server::new(entry);
        server.validate(out);
        server.validate_name(out);
        server.validate_custom_resource(offers, out);
        let image = &offers.image(&entry.settings.image);
        let Some(spark) = server.spark(image, out) else {
            return;
        };
        server.validate_celeborn(image, &spark, out);
        server.validate_token(&spark, offers, out);
        server.catalogs(offers).validate(out);
        let Some(properties) = server.properties(image, &spark, offers, out) else {
            return;
        };
        // What follows from a server that cannot be made is not a fault of its own.
        if !server.can_be_made() || !server.has_room_for_names() {
            return;
        }
        server.objects(image, properties, offers, out);
        server.traffic(image, &spark, offers, out);
    }
}

/// One server, with the names that follow from its own.
struct Server<'a> {
    entry: &'a Entry<Settings>,
    settings: &'a Settings,
    name: Sourced<String>,
    executors: Sourced<String>,
}

impl<'a> Server<'a> {
    fn new(entry: &'a Entry<Settings>) -> Self {
        Self {
            entry,
            settings: &entry.settings,
            name: entry.name.map(|name| format!("spark-connect-{name}")),
            executors: entry
                .name
                .map(|name| format!("spark-connect-{name}-executors")),
        }
    }

    /// What `flows` and `routes` call its web interface.
    fn name_of_ui(&self) -> String {
        format!("connect.{}.ui", *self.entry.name)
    }

    fn origins(&self) -> &Origins {
        &self.entry.origins
    }

    /// What made that which only this backend has.
    fn origins_of_backend(&self) -> Origins {
        let origins = self.entry.origins.clone();
        origins.chosen_by(&self.settings.backend.origins)
    }

    /// What made that which only this form has.
    fn origins_of_form(&self) -> Origins {
        let origins = self.entry.origins.clone();
        origins.chosen_by(&self.settings.form.origins)
    }

    /// The catalogs that it knows.
    fn catalogs(&self, offers: &Offers) -> Catalogs {
        Catalogs::of(&self.settings.catalogs, offers)
    }

    /// The `ServiceAccount` of the server.
    fn account(&self) -> Sourced<String> {
        let stated = self.settings.service_account.as_ref();
        stated.map_or_else(|| self.name.clone(), |it| it.map(ToString::to_string))
    }

    /// The `ServiceAccount` of its executors.
    fn executors_account(&self) -> Sourced<String> {
        let stated = self.settings.service_account.as_ref();
        stated.map_or_else(
            || self.executors.clone(),
            |it| it.map(|name| format!("{name}-executors")),
        )
    }

    fn pods(&self) -> Pods {
        pods_of(&self.settings.namespace.text(), &self.name)
    }

    fn executor_pods(&self) -> Pods {
        pods_of(&self.settings.namespace.text(), &self.executors)
    }

    fn spark(&self, image: &Image, out: &mut Build<'_>) -> Option<Sourced<SparkVersion>> {
        if image.spark.is_none() {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("the image `{}` holds no Spark", *self.settings.image),
                )
                .at_value(
                    &self.settings.image.origins,
                    "a Connect server runs from it",
                )
                .at_key(&image.origins, "`spark` is not declared here")
                .hint("declare the version: `spark = \"4.1.4\"`"),
            );
        }
        image.spark.clone()
    }

    /// The longest name that follows from the server's, which its pods carry in a label.
    fn name_in_full(&self) -> String {
        match *self.settings.backend {
            Backend::Kubernetes(_) => self.executors.value.clone(),
            Backend::Standalone(..) => self.workers_name().value,
            Backend::Local => self.name.value.clone(),
        }
    }

    /// Whether all names that follow from the server's are legal.
    fn has_room_for_names(&self) -> bool {
        self.name_in_full().len() <= LONGEST_LABEL && self.has_room_for_digest()
    }

    fn validate_name(&self, out: &mut Build<'_>) {
        let longest = self.name_in_full();
        // A server of the operator has longer names yet, and says so itself.
        if self.has_room_for_names() || *self.settings.form == Form::CustomResource {
            return;
        }
        let most = self.entry.name.len() + LONGEST_LABEL - longest.len();
        out.report(
            Diagnostic::error(
                codes::NAME,
                format!("`{}` is too long for a Connect server", *self.entry.name),
            )
            .at_key(self.origins(), "")
            .hint(format!(
                "at most {most} characters: pods carry `{longest}` in a label, which has at most {LONGEST_LABEL}"
            )),
        );
    }

    /// A token that the server does not ask for, or that no client can show it.
    fn validate_token(&self, spark: &Sourced<SparkVersion>, offers: &Offers, out: &mut Build<'_>) {
        let Some(token) = &self.settings.token else {
            return;
        };
        let origins = &token.secret.origins;
        if spark.line() < Line::V4_0 {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("Spark {} asks its clients for no token", **spark),
                )
                .at_value(origins, "everybody who reaches the server could use it")
                .at_value(&spark.origins, "")
                .hint("use Spark 4.0 or newer"),
            );
        }
        let endpoint = format!("connect.{}", *self.entry.name);
        let routes = offers.routes.get(&endpoint).map_or(&[][..], Vec::as_slice);
        if routes.iter().any(|it| *it.tls) || offers.unread.has_any("routes") {
            return;
        }
        let title = "no client can show the token";
        let diagnostic = Diagnostic::error(codes::CONFLICT, title)
            .at_value(origins, "with a token clients speak TLS, which the server does not")
            .note("clients would fail with `Ssl handshake failed: SSL_ERROR_SSL: WRONG_VERSION_NUMBER`");
        out.report(match routes.first() {
            Some(route) => diagnostic
                .at_value(&route.tls.origins, "the route speaks no TLS either")
                .hint("have the route speak TLS"),
            None => diagnostic.hint(format!(
                "add a route with TLS: `[routes.{0}]` with `to = \"{endpoint}\"`",
                *self.entry.name
            )),
        });
    }

    /// Settings that the backend does not read. A default says nothing; what somebody wrote, they
    /// expect to see.
    fn validate(&self, out: &mut Build<'_>) {
        let settings = self.settings;
        if let Backend::Standalone(executors, workers) = &*settings.backend {
            self.validate_standalone(executors, &workers.standalone, out);
        }
        let ignored: &[&str] = match *settings.backend {
            Backend::Kubernetes(_) => &[],
            Backend::Standalone(..) => &["spark.kubernetes."],
            Backend::Local => &["spark.kubernetes.", "spark.dynamicAllocation."],
        };
        for (key, value) in &settings.conf {
            if ignored.iter().any(|prefix| key.starts_with(prefix)) {
                let diagnostic = self.no_effect(key, &value.origins);
                out.report(diagnostic.hint("remove it, or choose another `backend`"));
            }
        }
    }

    /// Reports a key that somebody wrote and that the backend does not read.
    fn unread(&self, key: &str, origins: &Origins, instead: &str, out: &mut Build<'_>) {
        if out.is_written(origins) {
            out.report(self.no_effect(key, origins).hint(instead).hint(format!(
                "an inherited key goes by `remove = [\"connect.{}.{key}\"]`",
                *self.entry.name
            )));
        }
    }

    fn no_effect(&self, key: &str, origins: &Origins) -> Diagnostic {
        let backend = &self.settings.backend;
        let name = backend.name();
        Diagnostic::error(
            codes::CONFLICT,
            format!("`{key}` has no effect with `backend = \"{name}\"`"),
        )
        .at_key(origins, "nothing reads it")
        .at_value(&backend.origins, "because of this")
    }

    fn traffic(
        &self,
        image: &Image,
        spark: &Sourced<SparkVersion>,
        offers: &Offers,
        out: &mut Build<'_>,
    ) {
        let origins = self.origins();
        let (driver, executors) = (self.pods(), self.executor_pods());
        out.workload(self.name.value.clone(), driver.clone(), origins);
        store_traffic(&Peer::Pods(driver.clone()), offers, origins, out);
        match *self.settings.backend {
            Backend::Kubernetes(_) => {
                let origins = &self.origins_of_backend();
                out.workload(self.executors.value.clone(), executors.clone(), origins);
                let ports = vec![Port::tcp(ports::DRIVER), Port::tcp(ports::BLOCK_MANAGER)];
                out.api_server_flow(driver.clone(), origins);
                spark_traffic(&driver, &executors, ports, offers, origins, out);
                self.celeborn_traffic(&driver, &executors, out);
            }
            Backend::Standalone(..) => self.standalone_traffic(&driver, offers, out),
            Backend::Local => {}
        }
        let executors = match *self.settings.backend {
            Backend::Kubernetes(_) => Some(Peer::Pods(executors)),
            Backend::Standalone(..) => Some(Peer::Pods(self.standalone_pods(&self.workers_name()))),
            Backend::Local => None,
        };
        let server = Peer::Pods(driver.clone());
        self.catalogs(offers)
            .traffic(&server, executors.as_ref(), origins, out);
        if !self.packages(image, spark, offers).is_empty() {
            let origins = origins.clone();
            let origins = &origins.chosen_by(&self.downloads_decided_by(spark));
            let ports = vec![Port::tcp(443)];
            // A repository of jars has no address that a policy could name.
            out.flow(Peer::Pods(driver), Peer::Internet, ports, origins);
        }
    }
}

/// What to say about executors to a server that has none.
const OWN_CONTAINER: &str = "tasks run in the server's own container: size it by `driver`";
