//! `[connect.NAME]`: Spark Connect servers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Build, Component, Entry, Offers, Peer, Pods, Port, Shape,
    build::{pods_of, template},
    offers::{self, Image},
    reference::{ImageRef, NamespaceRef},
    workload::{
        Access, BLOCK_MANAGER_PORT, DRIVER_PORT, Driver, DynamicAllocation, Executor, Properties,
        UserConf, executor_pod, spark_traffic,
    },
};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::{Node, Origins, Sourced},
    graph::Layer,
    kubernetes::Memory,
    render::{Context, Template},
    spark::SparkVersion,
};

const CONFIG_MAP: Template = template!("connect", "config-map.yaml.hbs");
const DEPLOYMENT: Template = template!("connect", "deployment.yaml.hbs");
const SERVICE: Template = template!("connect", "service.yaml.hbs");

/// The port on which clients connect.
const CONNECT_PORT: u16 = 15002;

/// The Ivy cache, when jars are downloaded at the start. It lies in memory, because the root of the
/// container is read-only, and counts against the container's memory.
const IVY_CACHE: &str = "256Mi";

/// A Spark Connect server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where the server and its executors run.
    namespace: Sourced<NamespaceRef>,
    /// What the server is on Kubernetes.
    #[serde(default)]
    form: Sourced<Form>,
    /// Where its tasks run: in executors that it spawns as pods (`kubernetes`).
    #[serde(default)]
    backend: Sourced<Backend>,
    /// The image of the server and of its executors.
    image: Sourced<ImageRef>,
    /// The server's container.
    #[serde(default)]
    driver: Driver,
    /// The container of each executor.
    #[serde(default)]
    executor: Executor,
    /// How the number of executors follows the work; without it the number is fixed.
    dynamic_allocation: Option<Sourced<DynamicAllocation>>,
    /// Jars to download at the start, as Maven coordinates. Jars in the image start faster and need
    /// no way to the internet.
    #[serde(default)]
    #[schemars(inner(regex(pattern = r"^[^:\s]+:[^:\s]+:[^:\s]+$")))]
    packages: Vec<Sourced<String>>,
    /// Spark properties that no other key computes.
    #[serde(default)]
    conf: UserConf,
}

/// What a server is on Kubernetes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Form {
    #[default]
    Deployment,
}

/// Where a server's tasks run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Backend {
    #[default]
    Kubernetes,
}

/// The component.
pub struct Connect;

impl Component for Connect {
    type Settings = Settings;
    const TABLE: &'static str = "connect";
    const SHAPE: Shape = Shape::Keyed;
    const ABOUT: &'static str = "Spark Connect servers: long-lived drivers that clients share.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        offers.endpoints.insert(
            format!("connect.{}", *entry.name),
            offers::Endpoint {
                peer: Peer::Pods(Server::new(entry).pods()),
                ports: vec![Port::tcp(CONNECT_PORT)],
            },
        );
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let server = Server::new(entry);
        let image = offers.image(entry.settings.image.as_str());
        let Some(spark) = server.spark(image, out) else {
            return;
        };
        let Some(properties) = server.properties(image, &spark, offers, out) else {
            return;
        };
        server.objects(image, &properties, offers, out);
        server.traffic(offers, out);
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

    fn because(&self) -> &Origins {
        &self.entry.origins
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

    /// The jars to download at the start. Spark 3.5 does not ship its Connect server.
    fn packages(&self, image: &Image, spark: &Sourced<SparkVersion>) -> Vec<Sourced<String>> {
        let mut packages = self.settings.packages.clone();
        let has_connect = |jars: &[Sourced<String>]| {
            jars.iter()
                .any(|jar| jar.starts_with("org.apache.spark:spark-connect_"))
        };
        if !spark.facts().connect_bundled && !has_connect(&packages) && !has_connect(&image.jars) {
            packages.push(spark.map(|spark| {
                let scala = spark.facts().scala;
                format!("org.apache.spark:spark-connect_{scala}:{spark}")
            }));
        }
        packages
    }

    fn properties(
        &self,
        image: &Image,
        spark: &Sourced<SparkVersion>,
        offers: &Offers,
        out: &mut Build<'_>,
    ) -> Option<Properties> {
        let settings = self.settings;
        let store = offers.need_object_store(
            "a Connect server needs an object store",
            self.because(),
            out,
        )?;
        let packages = self.packages(image, spark);
        let mut properties = Properties::default();
        properties.set(
            "spark.app.name",
            self.name.clone(),
            "the server is named by its table",
        );
        properties.client_mode();
        properties.fix(
            "spark.connect.grpc.binding.port",
            CONNECT_PORT,
            "the Service and the probes use it",
        );
        let ivy: Memory = IVY_CACHE
            .parse()
            .expect("the size of the cache is an amount of memory");
        let reserved = if packages.is_empty() { 0 } else { ivy.bytes() };
        properties.driver_size(&settings.driver, reserved, out);
        properties.executor_size(&settings.executor, out);
        properties.executor_count(
            &settings.executor,
            settings.dynamic_allocation.as_ref(),
            out,
        );
        properties.kubernetes_executors(
            &settings.executor,
            image,
            offers,
            self.executors.text(),
            "/opt/spark/pod-template/executor.yaml",
        );
        properties.object_store(store);
        properties.event_log(offers.event_log.as_ref());
        if packages.is_empty() {
            properties.reserve("spark.jars.packages", "set `packages`");
        } else {
            let mut origins = Origins::none();
            packages.iter().for_each(|it| origins.extend(&it.origins));
            let list: Vec<_> = packages.iter().map(|it| it.as_str()).collect();
            properties.set(
                "spark.jars.packages",
                Sourced::new(list.join(","), origins),
                "set `packages`",
            );
            properties.fix(
                "spark.jars.ivy",
                "/var/cache/ivy",
                "the cache is mounted there",
            );
        }
        properties.add(&settings.conf, out);
        Some(properties)
    }

    fn objects(
        &self,
        image: &Image,
        properties: &Properties,
        offers: &Offers,
        out: &mut Build<'_>,
    ) {
        let settings = self.settings;
        let because = self.because();
        let store = offers.object_store.as_ref();
        let downloads = properties.conf().get("spark.jars.packages");
        let context = Context::new()
            .value("name", &self.name)
            .value("namespace", settings.namespace.text())
            .value("version", spark_version(image))
            .value("cores", &settings.driver.cores)
            .value("memory", &settings.driver.memory)
            .optional("cpu_limit", settings.driver.cpu_limit.as_ref())
            .optional(
                "credentials",
                store.map(|it| {
                    offers
                        .secret(&it.credentials)
                        .name
                        .clone()
                        .because(&it.credentials.origins)
                }),
            )
            .optional("access_key", store.map(|it| &it.access_key))
            .optional("secret_key", store.map(|it| &it.secret_key))
            .optional(
                "ivy_size",
                downloads.map(|it| Node::new(IVY_CACHE, it.origins.clone())),
            )
            .image(image, offers, out);
        let layer = Layer::Platform;
        let namespace = settings.namespace.text();
        Access {
            driver: &self.name.text(),
            executors: &self.executors.text(),
            namespace: &namespace,
            app: "spark-connect",
            patches_pods: properties.patches_pods(),
            claims_volumes: properties.claims_volumes(),
            deletes_services: false,
        }
        .build(because, out);
        let pod = executor_pod(self.executors.text(), image, offers, out);
        let configuration = context
            .clone()
            .value("spark_defaults", properties.conf().to_properties())
            .value("executor_pod", pod);
        out.object(layer, CONFIG_MAP, because, &configuration);
        out.object(layer, DEPLOYMENT, because, &context);
        out.object(layer, SERVICE, because, &context);
    }

    fn traffic(&self, offers: &Offers, out: &mut Build<'_>) {
        let because = self.because();
        let (driver, executors) = (self.pods(), self.executor_pods());
        out.workload(self.name.value.clone(), driver.clone(), because);
        out.workload(self.executors.value.clone(), executors.clone(), because);
        let ports = vec![Port::tcp(DRIVER_PORT), Port::tcp(BLOCK_MANAGER_PORT)];
        spark_traffic(&driver, &executors, ports, offers, because, out);
        let image = offers.image(self.settings.image.as_str());
        if image
            .spark
            .as_ref()
            .is_some_and(|spark| !self.packages(image, spark).is_empty())
        {
            // A repository of jars has no address that a policy could name.
            let anywhere = Peer::Addresses(Vec::new());
            out.flow(Peer::Pods(driver), anywhere, vec![Port::tcp(443)], because);
        }
    }
}

fn spark_version(image: &Image) -> Node {
    image
        .spark
        .as_ref()
        .map_or_else(|| "".into(), Sourced::text)
}
