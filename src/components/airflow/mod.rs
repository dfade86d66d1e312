//! `[airflow]`: lets Airflow's workers submit Spark applications.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Occurrence, Offers, offers};
use crate::{
    document::Sourced,
    kubernetes::{Identity, NamespaceName, SubdomainName},
    manifests::{Layer, Prerequisite},
    render::{Context, Template, template},
    spark::calls::{self, Calls},
};

const ROLE: Template = template!("components/workload/templates/role.yaml.hbs");
const ROLE_BINDING: Template = template!("components/airflow/templates/role-binding.yaml.hbs");

/// Airflow, which runs elsewhere and submits Spark applications.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Its namespace, which need not be one of the platform's.
    namespace: Sourced<NamespaceName>,
    /// The ServiceAccount of its workers in that namespace.
    #[serde(default = "worker")]
    service_account: Sourced<SubdomainName>,
}

fn worker() -> Sourced<SubdomainName> {
    Sourced::constant("airflow-worker".parse().expect("airflow-worker is a name"))
}

/// The component.
pub struct Airflow;

impl Component for Airflow {
    type Settings = Settings;
    const TABLE: &'static str = "airflow";
    const SHAPE: Occurrence = Occurrence::Optional;
    const ABOUT: &'static str = "Airflow, which submits Spark applications.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        offers.airflow = Some(offers::Airflow {
            namespace: entry.settings.namespace.map(ToString::to_string),
            service_account: entry.settings.service_account.map(ToString::to_string),
        });
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        let why = "Airflow submits to the operator";
        let Some(operator) = offers.need_operator(why, &entry.origins, out) else {
            return;
        };
        if !offers.namespaces.contains_key(settings.namespace.as_str()) {
            out.prerequisite(Prerequisite {
                object: Identity::of_cluster("", "Namespace", settings.namespace.as_str()),
                keys: Vec::new(),
                why: "Airflow runs there".to_owned(),
                origins: settings.namespace.origins.clone(),
            });
        }
        let namespace = &settings.namespace;
        offers.others_run_in(namespace.as_str(), "Airflow", &namespace.origins, out);
        out.prerequisite(Prerequisite {
            object: Identity::in_namespace(
                "",
                "ServiceAccount",
                settings.namespace.as_str(),
                settings.service_account.as_str(),
            ),
            keys: Vec::new(),
            why: "Airflow's workers run as it".to_owned(),
            origins: settings.service_account.origins.clone(),
        });
        for namespace in &operator.job_namespaces {
            let rules = calls::AIRFLOW.iter().map(Calls::rule);
            let context = Context::new()
                .value("name", "airflow-spark")
                .value("app", "airflow")
                .value("rules", rules.collect::<Vec<_>>())
                .value("namespace", namespace)
                .value("airflow_namespace", settings.namespace.text())
                .value("service_account", settings.service_account.text());
            out.object(Layer::Platform, ROLE, &entry.origins, &context);
            out.object(Layer::Platform, ROLE_BINDING, &entry.origins, &context);
        }
    }
}
