//! `[metrics]`: how Prometheus collects what drivers, executors, the operator and MinIO measure.
//!
//! Executors run no web interface: their driver serves what they measure beside its own
//! (<https://spark.apache.org/docs/latest/monitoring.html#executor-metrics>). Each component says what of
//! it serves metrics ([`offers::Scraped`]), and sets the properties that have Spark do so.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Build, Component, Entry, Occurrence, Offers,
    offers::{self, Scraped},
    workload::PodsOfOthers,
};
use crate::{
    document::{Node, Sourced},
    kubernetes::{Identity, NamespaceName},
    manifests::{Layer, Peer, Port, Prerequisite},
    render::{Context, Template, template},
    values::{Interval, Labels},
};

const POD_MONITOR: Template = template!("components/metrics/templates/pod-monitor.yaml.hbs");
const DASHBOARD: Template = template!("components/metrics/templates/dashboard.yaml.hbs");

/// What the dashboard shows. Its names are those that Spark 3.5 to 4.3 serve with `spark.metrics.namespace=spark`.
const PANELS: &str = include_str!("dashboard.json");

/// How Prometheus collects what drivers, executors, the operator and MinIO measure. Notebooks are left out:
/// they have no driver until somebody makes one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// How Prometheus finds what to collect: by `PodMonitor`s of the Prometheus operator (`pod-monitor`), or by
    /// the annotations `prometheus.io/…` of pods (`annotations`), which name one path a pod, so that what
    /// executors measure is not collected.
    #[serde(default)]
    #[schemars(extend("default" = "pod-monitor"))]
    discovery: Sourced<Discovery>,
    /// The pods of Prometheus, which the network policies let in.
    from: PodsOfOthers,
    /// A dashboard for Grafana, as a ConfigMap.
    dashboard: Option<Dashboard>,
}

/// How Prometheus finds what to collect.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Discovery {
    /// By `PodMonitor`s.
    PodMonitor(PodMonitor),
    /// By annotations of pods.
    Annotations,
}

impl Default for Discovery {
    fn default() -> Self {
        Self::PodMonitor(PodMonitor::default())
    }
}

/// What `PodMonitor`s say.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct PodMonitor {
    /// Labels of the PodMonitors: a Prometheus takes those that its `podMonitorSelector` asks for.
    #[serde(default)]
    labels: Labels,
    /// How often Prometheus collects; as often as it does by itself when absent.
    interval: Option<Sourced<Interval>>,
}

/// Where Grafana looks for dashboards.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Dashboard {
    /// The namespace of the ConfigMap: an entry of `namespaces`.
    namespace: Sourced<NamespaceName>,
    /// Labels by which Grafana's sidecar finds it.
    #[serde(default = "grafana")]
    labels: Labels,
}

/// What the sidecar of Grafana's chart looks for by default
/// (<https://github.com/grafana/helm-charts/blob/main/charts/grafana/values.yaml>, `sidecar.dashboards.label`).
fn grafana() -> Labels {
    let key = "grafana_dashboard".parse().expect("it is a label's key");
    let value = "1".parse().expect("it is a label's value");
    [(key, Sourced::constant(value))].into()
}

/// The component.
pub struct Metrics;

impl Component for Metrics {
    type Settings = Settings;
    const TABLE: &'static str = "metrics";
    const SHAPE: Occurrence = Occurrence::Optional;
    const ABOUT: &'static str =
        "How Prometheus collects what drivers, executors, the operator and MinIO measure.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let discovery = &entry.settings.discovery;
        offers.metrics = Some(offers::Metrics {
            by_annotations: discovery.map(|it| matches!(it, Discovery::Annotations)),
            origins: entry.origins.clone(),
        });
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        let origins = &entry.origins;
        let prometheus = settings.from.pods();
        out.others("prometheus".to_owned(), &prometheus, offers, origins);
        for scraped in &offers.scraped {
            let origins = &origins.clone().chosen_by(&scraped.origins);
            let (from, to) = (
                Peer::Pods(prometheus.clone()),
                Peer::Pods(scraped.pods.clone()),
            );
            out.flow(from, to, vec![Port::tcp(scraped.source.port)], origins);
            if let Discovery::PodMonitor(monitor) = &*settings.discovery {
                let origins = &origins.clone().chosen_by(&settings.discovery.origins);
                let context = pod_monitor(scraped, monitor);
                out.object(Layer::Platform, POD_MONITOR, origins, &context);
            }
        }
        if matches!(*settings.discovery, Discovery::PodMonitor(_)) && !offers.scraped.is_empty() {
            out.prerequisite(Prerequisite {
                object: Identity::of_definition("podmonitors.monitoring.coreos.com"),
                keys: Vec::new(),
                why: "the Prometheus operator reads PodMonitors".to_owned(),
                origins: settings.discovery.origins.clone(),
            });
        }
        if let Some(dashboard) = &settings.dashboard
            && offers.need_namespace(&dashboard.namespace, out).is_some()
        {
            let context = Context::new()
                .value("namespace", dashboard.namespace.text())
                .value("labels", labels(&dashboard.labels))
                .value("panels", PANELS);
            out.object(Layer::Platform, DASHBOARD, origins, &context);
        }
    }
}

/// What the `PodMonitor` of some pods says.
fn pod_monitor(scraped: &Scraped, monitor: &PodMonitor) -> Context {
    let endpoints = scraped.source.paths.iter().map(|path| {
        Context::new()
            .value("port", scraped.source.port_name)
            .value("path", *path)
            .optional("interval", monitor.interval.as_ref())
    });
    let selected = scraped.pods.labels.iter();
    let mut selector = Node::map();
    for (key, value) in selected {
        selector.insert(key.as_str(), value);
    }
    Context::new()
        .value("name", scraped.name.clone())
        .value("namespace", &scraped.pods.namespace)
        .value("labels", labels(&monitor.labels))
        .value("selector", selector)
        .list("endpoints", endpoints.collect())
}

fn labels(labels: &Labels) -> Node {
    let mut node = Node::map();
    for (key, value) in labels.iter() {
        node.insert(key.as_str(), value);
    }
    node
}
