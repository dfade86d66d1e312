//! `[history-server]`: shows what Connect servers and applications did, from their event logs.
//!
//! It also decides where those logs go, so that what is written is what is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Build, Component, Entry, Occurrence, Offers, offers,
    reference::{BucketRef, ImageRef, NamespaceRef},
    workload::{Properties, UserConf, powerless_account, split, store_traffic},
};
use crate::{
    document::Sourced,
    kubernetes::{CpuQuantity, Memory, ServiceName},
    manifests::{Layer, NodePools, Peer, PodOptions, PodPlan, Pods, Port, pods_of},
    ports,
    render::{Context, Template, template},
    spark::memory::Overhead,
    values::{FolderPath, SparkDuration},
};

const CONFIG_MAP: Template = template!("components/history_server/templates/config-map.yaml.hbs");
const DEPLOYMENT: Template = template!("components/history_server/templates/deployment.yaml.hbs");
const SERVICE: Template = template!("components/history_server/templates/service.yaml.hbs");

/// What its objects are called.
const NAME: &str = "spark-history-server";

/// The Spark History Server, and where event logs go.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where it runs.
    namespace: Sourced<NamespaceRef>,
    /// The image. A newer Spark reads the logs of an older one.
    image: Sourced<ImageRef>,
    /// The bucket that all Spark programs of the platform write their event logs to.
    bucket: Sourced<BucketRef>,
    /// The path in the bucket. Never the root of the bucket, which Spark 3.5 cannot write to. An external
    /// object store must hold an object below it, such as `events/.keep`: S3 has no folders, and Spark
    /// does not start where there is no place for event logs. MinIO gets one.
    #[serde(default = "default_prefix")]
    #[schemars(length(min = 1))]
    prefix: Sourced<FolderPath>,
    /// The cores that it requests.
    #[serde(default = "default_cpu")]
    cpu: Sourced<CpuQuantity>,
    /// The container's memory. The heap is what the overhead leaves.
    #[serde(default = "default_memory")]
    memory: Sourced<Memory>,
    /// The removal of old logs.
    #[serde(default)]
    cleaner: Cleaner,
    /// The pools of nodes that it may run on: an entry of `cluster.node-pools`, or several.
    #[serde(default, skip_serializing_if = "NodePools::is_empty")]
    node_pool: NodePools,
    /// What its pod says beside what kiln does.
    #[serde(default)]
    pod: PodOptions,
    /// Its ServiceAccount, for clouds that know pods by its name.
    #[serde(default = "default_account")]
    service_account: Sourced<ServiceName>,
    /// Properties of the History Server that no other key computes.
    #[serde(default)]
    conf: UserConf,
}

/// The removal of old logs.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Cleaner {
    /// Whether old logs are removed.
    enabled: Sourced<bool>,
    /// How old a log gets.
    max_age: Sourced<SparkDuration>,
}

impl Default for Cleaner {
    fn default() -> Self {
        Self {
            enabled: Sourced::constant(true),
            max_age: Sourced::constant("30d".parse().expect("30d is a span of time")),
        }
    }
}

fn default_prefix() -> Sourced<FolderPath> {
    Sourced::constant("events".parse().expect("events is a path"))
}

fn default_account() -> Sourced<ServiceName> {
    Sourced::constant(NAME.parse().expect("it is a name of a ServiceAccount"))
}

fn default_cpu() -> Sourced<CpuQuantity> {
    Sourced::constant("500m".parse().expect("500m is an amount of cores"))
}

fn default_memory() -> Sourced<Memory> {
    Sourced::constant("2Gi".parse().expect("2Gi is an amount of memory"))
}

/// The component.
pub struct HistoryServer;

impl Component for HistoryServer {
    type Settings = Settings;
    const TABLE: &'static str = "history-server";
    const SHAPE: Occurrence = Occurrence::Optional;
    const ABOUT: &'static str = "The Spark History Server, and where event logs go.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        offers.event_log = Some(offers::EventLog {
            bucket: settings.bucket.map(ToString::to_string),
            prefix: settings.prefix.map(ToString::to_string),
            origins: entry.origins.clone(),
        });
        offers
            .senders
            .insert("history-server".to_owned(), vec![pods(settings)]);
        offers.endpoints.insert(
            "history-server".to_owned(),
            offers::Endpoint {
                peer: Peer::Pods(pods(settings)),
                ports: vec![Port::tcp(ports::HISTORY)],
                service: Some(offers::Service {
                    name: Sourced::constant("spark-history-server".to_owned()),
                    port: ports::HISTORY,
                    protocol: offers::Protocol::Web,
                }),
            },
        );
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        let origins = &entry.origins;
        let why = "the History Server reads event logs from an object store";
        let Some(store) = offers.need_object_store(why, origins, out) else {
            return;
        };
        let image = offers.image(&settings.image);
        let properties = properties(settings, store, &image, offers, out);
        let overhead = &Sourced::constant(Overhead::Jvm);
        let nothing = &Sourced::constant(None);
        let Some(parts) = split(&settings.memory, None, overhead, nothing, out) else {
            return;
        };
        let context = Context::new()
            .value("namespace", settings.namespace.text())
            .value("spark_defaults", properties.conf().to_properties())
            .value("heap", parts.heap)
            .value("cpu", &settings.cpu)
            .value("memory", &settings.memory)
            .value("service_account", settings.service_account.text());
        let context = offers.with_storage(context);
        let from_image = offers
            .pod_settings(&image)
            .plan(PodPlan::new(&settings.node_pool, &settings.pod));
        let account = settings.service_account.text();
        let namespace = settings.namespace.text();
        powerless_account(account, namespace, NAME, offers, origins, out);
        out.object(Layer::Platform, CONFIG_MAP, origins, &context);
        out.object(Layer::Platform, DEPLOYMENT, origins, &context)
            .pods(from_image);
        out.object(Layer::Platform, SERVICE, origins, &context);
        out.workload(NAME, pods(settings), origins);
        store_traffic(&Peer::Pods(pods(settings)), offers, origins, out);
    }
}

fn pods(settings: &Settings) -> Pods {
    pods_of(&settings.namespace.text(), NAME)
}

fn properties(
    settings: &Settings,
    store: &offers::ObjectStore,
    image: &offers::Image,
    offers: &Offers,
    out: &mut Build<'_>,
) -> Properties {
    let mut properties = Properties::default();
    properties.object_store(store, image, offers);
    if let Some(directory) = offers.event_log_directory() {
        properties.set(
            "spark.history.fs.logDirectory",
            directory,
            "set `bucket` and `prefix`",
        );
    }
    properties.pin(
        "spark.history.ui.port",
        ports::HISTORY,
        "the Service uses it",
    );
    properties.set(
        "spark.history.fs.cleaner.enabled",
        settings.cleaner.enabled.clone(),
        "set `cleaner.enabled`",
    );
    properties.set(
        "spark.history.fs.cleaner.maxAge",
        settings.cleaner.max_age.clone(),
        "set `cleaner.max-age`",
    );
    properties.pin(
        "spark.history.store.path",
        "/var/lib/spark-history",
        "the volume is mounted there",
    );
    properties.behind_a_proxy(offers.routes.get("history-server"));
    properties.add(&settings.conf, out);
    properties
}
