//! `[operator]`: the Kubeflow Spark operator: controller, webhook, their RBAC, and its definitions.
//!
//! What upstream's chart renders is written down in
//! <https://github.com/kubeflow/spark-operator/tree/v2.4.0/charts/spark-operator-chart>; the names are
//! those of a release called `spark-operator`, so that a cluster can move from Helm without a second
//! operator in between.

mod definitions;
mod version;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

use self::version::SupportedVersion;
use super::{
    Build, Component, Entry, Occurrence, Offers,
    offers::{self, ApplicationPods, MetricsSource, Scraped},
    reference::{ImageRef, NamespaceRef},
    workload::{
        Access, Maker, Properties, UI_PORT_OF_SPARK, driver_metrics, spark_traffic, store_traffic,
    },
};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::{Node, Origins, Sourced},
    kubernetes::{CpuQuantity, Identity, Memory, NamespaceName, ServiceName},
    manifests::{
        BatchScheduler, Layer, NodePools, Peer, PodOptions, PodPlan, PodSettings, Pods, Port,
        Prerequisite, pods_of,
    },
    ports,
    render::{Context, Template, template},
    spark::OperatorVersion,
    spark::calls::{self, Calls},
    values::ImageParts,
    values::SocketAddress,
};

const SERVICE_ACCOUNT: Template =
    template!("components/operator/templates/service-account.yaml.hbs");
const CLUSTER_ROLE_BINDING: Template =
    template!("components/operator/templates/cluster-role-binding.yaml.hbs");
const ROLE_BINDING: Template = template!("components/operator/templates/role-binding.yaml.hbs");
const CONTROLLER_CLUSTER_ROLE: Template =
    template!("components/operator/templates/controller-cluster-role.yaml.hbs");
const CONTROLLER_ROLE: Template =
    template!("components/operator/templates/controller-role.yaml.hbs");
const CONTROLLER_JOB_ROLE: Template = template!("components/workload/templates/role.yaml.hbs");
const CONTROLLER: Template =
    template!("components/operator/templates/controller-deployment.yaml.hbs");
const WEBHOOK_CLUSTER_ROLE: Template =
    template!("components/operator/templates/webhook-cluster-role.yaml.hbs");
const WEBHOOK_ROLE: Template = template!("components/operator/templates/webhook-role.yaml.hbs");
const WEBHOOK_JOB_ROLE: Template =
    template!("components/operator/templates/webhook-job-role.yaml.hbs");
const WEBHOOK: Template = template!("components/operator/templates/webhook-deployment.yaml.hbs");
const WEBHOOK_SERVICE: Template =
    template!("components/operator/templates/webhook-service.yaml.hbs");
const MUTATING: Template =
    template!("components/operator/templates/mutating-webhook-configuration.yaml.hbs");
const VALIDATING: Template =
    template!("components/operator/templates/validating-webhook-configuration.yaml.hbs");

/// Where the operator's programs serve metrics (`--metrics-endpoint`).
const METRICS: MetricsSource = MetricsSource {
    port_name: "metrics",
    port: ports::OPERATOR_METRICS,
    paths: &["/metrics"],
};

/// What the pods of applications are called and run as.
fn pods(settings: &Settings) -> ApplicationPods {
    let constant = |name: &str| Sourced::constant(name.to_owned());
    let named = match *settings.source {
        // Upstream's chart calls the drivers' account so.
        Source::Managed => ApplicationPods {
            driver: "spark-application",
            executor: "spark-application-executors",
            driver_account: constant("spark-operator-spark"),
            executor_account: constant("spark-operator-spark-executors"),
        },
        // Whoever runs the operator (upstream's chart, another environment) may have made accounts and policies
        // in the job namespaces too, so nothing has the same name.
        Source::Existing => ApplicationPods {
            driver: "spark-job",
            executor: "spark-job-executors",
            driver_account: constant("spark-job"),
            executor_account: constant("spark-job-executors"),
        },
    };
    match &settings.service_account {
        Some(name) => ApplicationPods {
            driver_account: name.map(ToString::to_string),
            executor_account: name.map(|it| format!("{it}-executors")),
            ..named
        },
        None => named,
    }
}

/// The Kubeflow Spark operator, which runs `SparkApplication`s.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Who runs it: this environment (`managed`), or another one or Helm (`existing`). An existing one
    /// must watch `job-namespaces`; kiln makes what the jobs in them need, and nothing of the operator.
    #[serde(default)]
    #[schemars(extend("x-kiln-fact" = true))]
    source: Sourced<Source>,
    /// The version of the operator.
    version: Sourced<SupportedVersion>,
    /// The image of the operator's controller, of that version.
    image: Option<Sourced<ImageRef>>,
    /// Where it runs: an entry of `namespaces`, unless the operator is an existing one.
    namespace: Sourced<NamespaceName>,
    /// The namespaces that it watches for jobs. A job anywhere else is ignored in silence.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    job_namespaces: Vec<Sourced<NamespaceRef>>,
    /// The ServiceAccount of the drivers of applications, in each of these namespaces, for clouds that know
    /// pods by its name. That of their executors is called the same, with `-executors`.
    service_account: Option<Sourced<ServiceName>>,
    /// Where the definitions of its resources come from: kiln's own (`embedded`), somebody else
    /// (`existing`), or a file of the repository, whose SHA-256 is stated.
    #[serde(default)]
    custom_resource_definitions: Sourced<Definitions>,
    /// The controller's size. For each job it runs a `spark-submit`, which alone takes 300 MiB.
    #[serde(default)]
    controller: ControllerSize,
    /// The webhook's size.
    #[serde(default)]
    webhook: WebhookSize,
}

/// Who runs the operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Source {
    /// This environment.
    #[default]
    Managed,
    /// Somebody else.
    Existing,
}

/// What a container asks for; a type for each, because each has its own defaults.
macro_rules! size {
    ($type:ident, $about:literal, $cpu:literal, $memory:literal) => {
        #[doc = $about]
        #[derive(Debug, Deserialize, serde::Serialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
        struct $type {
            /// The cores that it requests.
            cpu: Sourced<CpuQuantity>,
            /// The memory that it requests and may use.
            memory: Sourced<Memory>,
            /// The pools of nodes that it may run on: an entry of `cluster.node-pools`, or several.
            #[serde(skip_serializing_if = "NodePools::is_empty")]
            node_pool: NodePools,
            /// What its pod says beside what kiln does.
            pod: PodOptions,
        }

        impl $type {
            /// All that is said of its pod.
            fn plan(&self) -> PodPlan {
                PodPlan::new(&self.node_pool, &self.pod)
            }
        }

        impl Default for $type {
            fn default() -> Self {
                Self {
                    cpu: Sourced::constant($cpu.parse().expect("it is an amount of cores")),
                    memory: Sourced::constant($memory.parse().expect("it is an amount of memory")),
                    node_pool: NodePools::default(),
                    pod: PodOptions::default(),
                }
            }
        }
    };
}

size!(ControllerSize, "The controller's container.", "250m", "1Gi");
size!(WebhookSize, "The webhook's container.", "100m", "256Mi");

/// Where the custom resource definitions come from.
#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Definitions {
    /// kiln's own.
    #[default]
    Embedded,
    /// Somebody else installs them.
    Existing,
    /// A file of the repository.
    File(DefinitionsFile),
}

/// A file with custom resource definitions.
#[derive(Clone, Debug, Deserialize, serde::Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DefinitionsFile {
    /// The file, relative to the one that states it.
    #[schemars(extend("x-kiln-files" = true))]
    path: Sourced<String>,
    /// Its SHA-256, so that nobody changes the cluster's definitions unseen.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    sha256: Sourced<String>,
}

impl<'de> Deserialize<'de> for Definitions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Choice;

        impl<'de> Visitor<'de> for Choice {
            type Value = Definitions;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("`embedded`, `existing` or a table with `path` and `sha256`")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Definitions, E> {
                match word {
                    "embedded" => Ok(Definitions::Embedded),
                    "existing" => Ok(Definitions::Existing),
                    _ => Err(E::unknown_variant(word, &["embedded", "existing"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Definitions, A::Error> {
                DefinitionsFile::deserialize(MapAccessDeserializer::new(map)).map(Definitions::File)
            }
        }

        deserializer.deserialize_any(Choice)
    }
}

impl JsonSchema for Definitions {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Definitions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let file = generator.subschema_for::<DefinitionsFile>();
        json_schema!({
            "anyOf": [{"type": "string", "enum": ["embedded", "existing"]}, file],
        })
    }
}

/// The component.
pub struct Operator;

impl Component for Operator {
    type Settings = Settings;
    const TABLE: &'static str = "operator";
    const SHAPE: Occurrence = Occurrence::Optional;
    const ABOUT: &'static str = "The Kubeflow Spark operator, which runs Spark applications.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        let namespace = settings.namespace.map(ToString::to_string);
        let is_existing = *settings.source == Source::Existing;
        let pods = pods(settings);
        let of_applications = settings.job_namespaces.iter().flat_map(|namespace| {
            [pods.driver, pods.executor].map(|it| pods_of(&namespace.text(), it))
        });
        let of_applications = of_applications.collect();
        offers
            .senders
            .insert("applications".to_owned(), of_applications);
        for namespace in &settings.job_namespaces {
            offers.scraped.push(Scraped {
                name: pods.driver.to_owned(),
                pods: pods_of(&namespace.text(), pods.driver),
                source: driver_metrics(UI_PORT_OF_SPARK),
                origins: entry.origins.clone().chosen_by(&namespace.origins),
            });
        }
        // How another's pods are labelled is not known.
        let roles = [("operator", "controller"), ("operator-webhook", "webhook")];
        for (name, role) in roles.into_iter().filter(|_| !is_existing) {
            offers.endpoints.insert(
                name.to_owned(),
                offers::Endpoint {
                    peer: Peer::Pods(operator_pods(settings, role)),
                    ports: vec![Port::tcp(ports::OPERATOR_METRICS)],
                    service: None,
                },
            );
            let pods = operator_pods(settings, role);
            offers.senders.insert(name.to_owned(), vec![pods.clone()]);
            offers.scraped.push(Scraped {
                name: format!("spark-operator-{role}"),
                pods,
                source: METRICS,
                origins: entry.origins.clone(),
            });
        }
        offers.operator = Some(offers::Operator {
            version: settings.version.map(|it| OperatorVersion::from(*it)),
            namespace,
            job_namespaces: settings
                .job_namespaces
                .iter()
                .map(|it| it.map(ToString::to_string))
                .collect(),
            is_existing,
            pods,
        });
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        let origins = &entry.origins;
        let of_applications = pods(settings);
        for namespace in &settings.job_namespaces {
            applications(&namespace.text(), &of_applications, origins, offers, out);
        }
        if *settings.source == Source::Existing {
            existing(settings, offers, out);
            return;
        }
        let Some(image) = &settings.image else {
            out.report(
                Diagnostic::error(codes::MISSING_KEY, "`operator` needs the key `image`")
                    .at_key(origins, "`image` is missing here")
                    .hint("or say `source = \"existing\"` when somebody else runs it"),
            );
            return;
        };
        let image = offers.image(image);
        version_of_tag(settings, &image, out);
        if offers.need_namespace(&settings.namespace, out).is_none() {
            return;
        }
        definitions::build(settings, entry, offers, out);
        let common = Context::new()
            .value("operator_namespace", settings.namespace.text())
            .value("namespaces", namespace_list(settings))
            .list("job_namespaces", job_namespaces(settings))
            .choice(
                "sparkconnect_webhook",
                settings.version.validates_spark_connect(),
                &settings.version.origins,
            );
        let pods = offers.pod_settings(&image);
        controller(settings, origins, common.clone(), pods.clone(), offers, out);
        webhook(settings, origins, common, pods, offers, out);
    }
}

/// What an operator that somebody else runs has to do for this environment.
fn existing(settings: &Settings, offers: &Offers, out: &mut Build<'_>) {
    let controller = &settings.controller;
    let webhook = &settings.webhook;
    let unused = [
        ("image", settings.image.as_ref().map(|it| &it.origins)),
        (
            "custom-resource-definitions",
            Some(&settings.custom_resource_definitions.origins),
        ),
        ("controller.cpu", Some(&controller.cpu.origins)),
        ("controller.memory", Some(&controller.memory.origins)),
        ("webhook.cpu", Some(&webhook.cpu.origins)),
        ("webhook.memory", Some(&webhook.memory.origins)),
    ];
    for (key, origins) in unused {
        if let Some(origins) = origins.filter(|it| out.is_written(it)) {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("`{key}` has no meaning for an operator that somebody else runs"),
                )
                .at_key(origins, "")
                .at_value(&settings.source.origins, "it is an existing one"),
            );
        }
    }
    definitions::existing("the operator serves it", &settings.source.origins, out);
    let watched: Vec<_> = settings
        .job_namespaces
        .iter()
        .map(|it| it.as_str())
        .collect();
    out.prerequisite(Prerequisite {
        object: Identity::of_cluster("", "Namespace", settings.namespace.as_str()),
        keys: Vec::new(),
        why: format!(
            "the operator {} runs there, and watches {}{}",
            OperatorVersion::from(*settings.version),
            watched.join(", "),
            match offers.operator_queue(None) {
                Some(queue) => format!(
                    ", with `--enable-batch-scheduler=true` for {}",
                    queue.scheduler.name()
                ),
                None => String::new(),
            }
        ),
        origins: settings.source.origins.clone(),
    });
}

/// Arguments and rights are those of the stated version, so the image has to be of it too.
fn version_of_tag(settings: &Settings, image: &offers::Image, out: &mut Build<'_>) {
    let reference = ImageParts::of(image.reference.as_str());
    // Whoever builds the operator under another name counts its versions in another way.
    if !reference.name.contains("spark-operator") {
        return;
    }
    let stated = OperatorVersion::from(*settings.version);
    let of_tag = reference
        .tag
        .and_then(|it| it.parse::<OperatorVersion>().ok());
    if let Some(of_tag) = of_tag.filter(|it| *it != stated) {
        out.report(
            Diagnostic::error(
                codes::CONFLICT,
                format!("the image is of the operator {of_tag}, and `version` says {stated}"),
            )
            .at_value(&image.reference.origins, "")
            .at_value(&settings.version.origins, "")
            .note("each version has arguments and rights of its own, and exits at an argument it does not know"),
        );
    }
}

fn operator_pods(settings: &Settings, role: &str) -> Pods {
    pods_of(
        &settings.namespace.text(),
        &format!("spark-operator-{role}"),
    )
}

fn job_namespaces(settings: &Settings) -> Vec<Context> {
    let namespaces = settings.job_namespaces.iter();
    namespaces
        .map(|it| Context::new().value("name", it.text()))
        .collect()
}

/// What the pods of applications need in a job namespace, whoever submits them.
fn applications(
    namespace: &Node,
    pods: &ApplicationPods,
    origins: &Origins,
    offers: &Offers,
    out: &mut Build<'_>,
) {
    // Others may apply applications there that no spec of kiln's knows.
    let mut drivers = offers.applications.clone();
    let mut others = Properties::default();
    others.leave_claims();
    drivers.push(others.conf().clone());
    Access {
        driver: &pods.driver_account.text(),
        executors: &pods.executor_account.text(),
        namespace,
        app: "spark-application",
        drivers: &drivers,
        maker: Maker::Operator,
        annotations: offers.account_annotations(),
    }
    .build(origins, origins, out);
    let driver = pods_of(namespace, pods.driver);
    let executors = pods_of(namespace, pods.executor);
    out.workload(pods.driver, driver.clone(), origins);
    out.workload(pods.executor, executors.clone(), origins);
    let ports = vec![Port::tcp(ports::DRIVER), Port::tcp(ports::BLOCK_MANAGER)];
    out.api_server_flow(driver.clone(), origins);
    spark_traffic(&driver, &executors, ports, offers, origins, out);
    store_traffic(&Peer::Pods(driver), offers, origins, out);
}

/// The namespaces as the operator's argument lists them.
fn namespace_list(settings: &Settings) -> Node {
    let names: Vec<_> = settings
        .job_namespaces
        .iter()
        .map(|it| it.to_string())
        .collect();
    let mut node = Node::from(names.join(","));
    for namespace in &settings.job_namespaces {
        node.origins.extend(&namespace.origins);
    }
    node
}

/// ServiceAccount and RBAC of one of the operator's two programs.
fn access(
    settings: &Settings,
    origins: &Origins,
    common: &Context,
    role: &'static str,
    templates: [Template; 3],
    out: &mut Build<'_>,
) {
    let [cluster_role, own_role, job_role] = templates;
    let own = common
        .clone()
        .value("name", format!("spark-operator-{role}"))
        .value("namespace", settings.namespace.text());
    out.object(Layer::Operators, SERVICE_ACCOUNT, origins, &own);
    out.object(Layer::Cluster, cluster_role, origins, &own);
    out.object(Layer::Cluster, CLUSTER_ROLE_BINDING, origins, &own);
    out.object(Layer::Operators, own_role, origins, &own);
    out.object(Layer::Operators, ROLE_BINDING, origins, &own);
    for namespace in &settings.job_namespaces {
        // The operator's own namespace would hold two roles of one name.
        let name = if namespace.as_str() == settings.namespace.as_str() {
            let origins = settings.namespace.origins.clone();
            Node::new(format!("spark-operator-{role}-jobs"), origins)
        } else {
            format!("spark-operator-{role}").into()
        };
        let job = own
            .clone()
            .value("name", name)
            .value("namespace", namespace.text())
            .value("service_account", format!("spark-operator-{role}"));
        out.object(Layer::Operators, job_role, origins, &job);
        out.object(Layer::Operators, ROLE_BINDING, origins, &job);
    }
}

fn controller(
    settings: &Settings,
    origins: &Origins,
    common: Context,
    from_image: PodSettings,
    offers: &Offers,
    out: &mut Build<'_>,
) {
    let batch = offers.operator_queue(None);
    let volcano = offers.operator_queue(Some(BatchScheduler::Volcano));
    let rules = calls::OPERATOR_CONTROLLER.iter().map(Calls::rule);
    let of_volcano = volcano.map(|queue| {
        let mut rule = calls::VOLCANO.rule();
        rule.choose(&queue.scheduler.origins);
        rule
    });
    let rules = rules.chain(of_volcano);
    let by_queue = batch.map(|it| it.scheduler.origins.clone());
    let common = common
        .choice(
            "batch_schedulers",
            batch.is_some(),
            &by_queue.unwrap_or_default(),
        )
        .value("service_account", "spark-operator-controller")
        .value("app", "spark-operator")
        .value("rules", rules.collect::<Vec<_>>())
        .value("cpu", &settings.controller.cpu)
        .value("memory", &settings.controller.memory);
    access(
        settings,
        origins,
        &common,
        "controller",
        [
            CONTROLLER_CLUSTER_ROLE,
            CONTROLLER_ROLE,
            CONTROLLER_JOB_ROLE,
        ],
        out,
    );
    out.object(Layer::Operators, CONTROLLER, origins, &common)
        .pods(from_image.plan(offers.with_metrics(settings.controller.plan(), METRICS)));
    let pods = operator_pods(settings, "controller");
    out.workload("spark-operator-controller", pods.clone(), origins);
    out.api_server_flow(pods, origins);
}

fn webhook(
    settings: &Settings,
    origins: &Origins,
    common: Context,
    from_image: PodSettings,
    offers: &Offers,
    out: &mut Build<'_>,
) {
    let common = common
        .value("service_account", "spark-operator-webhook")
        .value("cpu", &settings.webhook.cpu)
        .value("memory", &settings.webhook.memory);
    access(
        settings,
        origins,
        &common,
        "webhook",
        [WEBHOOK_CLUSTER_ROLE, WEBHOOK_ROLE, WEBHOOK_JOB_ROLE],
        out,
    );
    out.object(Layer::Operators, WEBHOOK, origins, &common)
        .pods(from_image.plan(offers.with_metrics(settings.webhook.plan(), METRICS)));
    out.object(Layer::Operators, WEBHOOK_SERVICE, origins, &common);
    out.object(Layer::Operators, MUTATING, origins, &common);
    out.object(Layer::Operators, VALIDATING, origins, &common);
    let pods = operator_pods(settings, "webhook");
    out.workload("spark-operator-webhook", pods.clone(), origins);
    out.api_server_flow(pods.clone(), origins);
    // The API server asks the webhook; it calls from the control plane's own addresses.
    let callers = offers.cluster().api_server.endpoints.iter();
    out.flow(
        Peer::blocks(callers.map(|it| it.map(SocketAddress::block))),
        Peer::Pods(pods),
        vec![Port::tcp(ports::OPERATOR_WEBHOOK)],
        origins,
    );
}
