//! The pods of executors, and the traffic that they need.

use super::store_traffic;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    components::{Build, Offers},
    document::{Node, Origins, Sourced},
    kubernetes::{Identity, NamespaceName},
    manifests::{Embedded, Peer, PodSettings, Pods, Port},
    ports,
    render::{Context, Template, template},
    values::Labels,
};

/// Pods of others, as a spec names them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
pub struct PodsOfOthers {
    /// Their namespace.
    namespace: Sourced<NamespaceName>,
    /// Labels that all of them carry; without any, all pods of the namespace.
    #[serde(default)]
    labels: Labels,
}

impl PodsOfOthers {
    /// The pods, for flows.
    #[must_use]
    pub fn pods(&self) -> Pods {
        Pods {
            namespace: self.namespace.map(ToString::to_string),
            labels: self.labels.texts(),
        }
    }
}

const EXECUTOR_POD: Template =
    template!("components/workload/templates/executor-pod-template.yaml.hbs");

/// The pod template of executors. Spark puts itself into the container of that name.
pub fn executor_template(
    workload: Node,
    container: &str,
    offers: &Offers,
    out: &mut Build<'_>,
) -> Node {
    let context = Context::new()
        .value("workload", workload)
        .value("container", container)
        .optional("azure_identity", offers.azure_label());
    out.document(EXECUTOR_POD, &context)
}

/// Puts the pod template of a workload's executors into a `ConfigMap`, from which Spark reads it, where something
/// chose that they are pods.
pub fn executor_pod(
    workload: &Sourced<String>,
    pods: PodSettings,
    config_map: Identity,
    origins: &Origins,
    chosen_by: &Origins,
    offers: &Offers,
    out: &mut Build<'_>,
) {
    let node = executor_template(workload.text(), "executor", offers, out);
    let namespace = config_map.namespace.clone().unwrap_or_default();
    out.embedded(Embedded {
        node,
        target: Identity::in_namespace("", "Pod", namespace, workload.value.clone()),
        holder: config_map,
        key: "executor.yaml".to_owned(),
        is_object: false,
        expressions: None,
        pods: Some(pods),
        origins: origins.clone(),
        chosen_by: chosen_by.clone(),
    });
}

/// The traffic between a driver and its executors, and of the executors to the object store.
pub fn spark_traffic(
    driver: &Pods,
    executors: &Pods,
    driver_ports: Vec<Port>,
    offers: &Offers,
    origins: &Origins,
    out: &mut Build<'_>,
) {
    let driver = Peer::Pods(driver.clone());
    let executors = Peer::Pods(executors.clone());
    let blocks = || vec![Port::tcp(ports::BLOCK_MANAGER)];
    out.flow(executors.clone(), driver.clone(), driver_ports, origins);
    out.flow(driver.clone(), executors.clone(), blocks(), origins);
    out.flow(executors.clone(), executors.clone(), blocks(), origins);
    store_traffic(&executors, offers, origins, out);
}
