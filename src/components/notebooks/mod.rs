//! `[notebooks]`: notebook pods as Spark drivers of their own (client mode).
//!
//! JupyterHub, Marimo or Polynote make the pods; kiln makes what they need: a ServiceAccount, the
//! configuration that they mount, the network's consent, and the values to hand to JupyterHub's chart.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Build, Component, Entry, Occurrence, Offers, offers,
    reference::{CatalogRef, ConnectRef, ImageRef, NamespaceRef},
    workload::{
        Access, Catalogs, DriverContainer, DynamicAllocation, Executor, Maker, Properties,
        UserConf, executor_pod, spark_traffic, store_traffic,
    },
};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::{Arithmetic, Node, Origins, Sourced, Term, Value},
    kubernetes::{CpuQuantity, Identity, Memory, NamespaceName, ServiceName},
    manifests::{HandedOver, Layer, Peer, Pods, Port, pods_of},
    ports,
    render::{Context, Template, template},
    spark::memory::Overhead,
};

const CONFIG_MAP: Template = template!("components/notebooks/templates/config-map.yaml.hbs");
const JUPYTERHUB_VALUES: Template =
    template!("components/notebooks/templates/jupyterhub-values.yaml.hbs");

/// The first of the ports on which the kernels of one notebook listen for their executors.
const FIRST_DRIVER_PORT: u16 = ports::DRIVER;
/// The first of the ports on which they exchange blocks. Spark takes the next free one, so the two
/// ranges must not meet.
const FIRST_BLOCK_PORT: u16 = 7178;
/// The label that notebook pods must carry.
const WORKLOAD: &str = "spark-notebook";

/// Notebook pods that run Spark drivers of their own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where the notebooks and their executors run.
    namespace: Sourced<NamespaceRef>,
    /// The image of the executors; notebooks need the same Spark and the same minor version of Python.
    image: Sourced<ImageRef>,
    /// The ServiceAccount that notebook pods run as. Its Role has the same name.
    #[serde(default = "spark_driver")]
    service_account: Sourced<ServiceName>,
    /// What one kernel's Spark driver takes of the notebook's container. The container is guaranteed as
    /// much, and may use that of all its `kernels`.
    #[serde(default)]
    driver: DriverContainer,
    /// The container of each executor.
    #[serde(default)]
    executor: Executor,
    /// How the number of executors of one kernel follows the work; without it the number is fixed.
    dynamic_allocation: Option<Sourced<DynamicAllocation>>,
    /// How many kernels of one notebook may run Spark at a time. Each takes a port of its own.
    #[serde(default = "eight")]
    #[schemars(range(min = 1, max = 64))]
    kernels: Sourced<u16>,
    /// The Connect servers that notebooks may use; without this key, those of their own namespace.
    #[schemars(extend("uniqueItems" = true, "x-kiln-fact" = true))]
    connect: Option<Vec<Sourced<ConnectRef>>>,
    /// The catalogs of tables that they know. Their jars have to be in the image.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    catalogs: Vec<Sourced<CatalogRef>>,
    /// Whether notebooks may reach any public address on the ports 80 and 443, to install packages. A
    /// server in a private network, such as a mirror, needs a flow.
    #[serde(default)]
    internet: Sourced<bool>,
    /// The JupyterHub that makes the pods, whose hub and proxy must reach them.
    jupyterhub: Option<Sourced<JupyterHub>>,
    /// Spark properties that no other key computes.
    #[serde(default)]
    conf: UserConf,
}

/// A JupyterHub that runs elsewhere.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct JupyterHub {
    /// Its namespace.
    namespace: Sourced<NamespaceName>,
}

fn spark_driver() -> Sourced<ServiceName> {
    Sourced::constant("spark-driver".parse().expect("spark-driver is a name"))
}

const fn eight() -> Sourced<u16> {
    Sourced::constant(8)
}

/// The component.
pub struct Notebooks;

impl Component for Notebooks {
    type Settings = Settings;
    const TABLE: &'static str = "notebooks";
    const SHAPE: Occurrence = Occurrence::Optional;
    const ABOUT: &'static str = "Notebook pods that run Spark drivers of their own.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        offers.endpoints.insert(
            "notebooks".to_owned(),
            offers::Endpoint {
                peer: Peer::Pods(pods(&entry.settings)),
                ports: vec![Port::tcp(ports::DRIVER_UI)],
                service: None,
            },
        );
        offers.senders.insert(
            "notebooks".to_owned(),
            vec![pods(&entry.settings), executor_pods(&entry.settings)],
        );
        offers.notebook = Some(offers::Notebook {
            namespace: entry.settings.namespace.to_string(),
            config_map: WORKLOAD.to_owned(),
            container: container(&entry.settings),
            plan: entry.settings.driver.plan(),
        });
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        let origins = &entry.origins;
        let image = offers.image(&settings.image);
        if image.spark.is_none() {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("the image `{}` holds no Spark", *settings.image),
                )
                .at_value(&settings.image.origins, "executors run from it")
                .at_key(&image.origins, "`spark` is not declared here"),
            );
            return;
        }
        Catalogs::of(&settings.catalogs, offers).validate(out);
        let Some(properties) = properties(entry, offers, out) else {
            return;
        };
        Access {
            driver: &settings.service_account.text(),
            executors: &executor_account(settings).into(),
            namespace: &settings.namespace.text(),
            app: WORKLOAD,
            drivers: std::slice::from_ref(properties.conf()),
            maker: Maker::Hub,
            annotations: offers.account_annotations(),
        }
        .build(origins, origins, out);
        let config_map =
            Identity::in_namespace("", "ConfigMap", settings.namespace.as_str(), WORKLOAD);
        let executors = Sourced::constant("spark-notebook-executors".to_owned());
        let pods = offers
            .pod_settings(&image)
            .executors(settings.executor.plan_spawned(&image, offers));
        executor_pod(
            &executors,
            pods,
            config_map,
            origins,
            &Origins::none(),
            offers,
            out,
        );
        let configuration = Context::new()
            .value("namespace", settings.namespace.text())
            .value("spark_defaults", properties.conf().to_properties());
        out.object(Layer::Platform, CONFIG_MAP, origins, &configuration);
        traffic(settings, origins, offers, out);
        hand_over(settings, offers, out);
    }
}

fn pods(settings: &Settings) -> Pods {
    pods_of(&settings.namespace.text(), WORKLOAD)
}

fn executor_pods(settings: &Settings) -> Pods {
    pods_of(&settings.namespace.text(), "spark-notebook-executors")
}

fn executor_account(settings: &Settings) -> Sourced<String> {
    settings
        .service_account
        .map(|name| format!("{name}-executors"))
}

fn properties(entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) -> Option<Properties> {
    const PORTS: &str = "the network policies allow a range that begins here";
    let settings = &entry.settings;
    let why = "notebooks need an object store";
    let store = offers.need_object_store(why, &entry.origins, out)?;
    let mut properties = Properties::default();
    properties.client_mode();
    properties.pin("spark.driver.port", FIRST_DRIVER_PORT, PORTS);
    properties.pin("spark.driver.blockManager.port", FIRST_BLOCK_PORT, PORTS);
    // Each further kernel takes the next port; more than these the policies do not let through.
    let retries = settings.kernels.map(|kernels| kernels - 1);
    let how = Arithmetic {
        formula: "retries = kernels - 1",
        terms: vec![kernels(settings)],
    };
    properties.set(
        "spark.port.maxRetries",
        out.computed(retries, how),
        "set `kernels`",
    );
    let overhead = &Sourced::constant(Overhead::Jvm);
    let nothing = &Sourced::constant(None);
    properties.driver_size(&settings.driver, overhead, nothing, out);
    properties.executor_size(&settings.executor, nothing, out);
    properties.executor_count(
        &settings.executor,
        settings.dynamic_allocation.as_ref(),
        out,
    );
    properties.kubernetes_executors(
        &settings.executor,
        &offers.image(&settings.image),
        offers,
        executor_account(settings).into(),
        "/etc/spark/executor.yaml",
    );
    properties.object_store(store, &offers.image(&settings.image), offers);
    properties.event_log(offers);
    let catalogs = Catalogs::of(&settings.catalogs, offers);
    properties.catalogs(&catalogs, offers);
    properties.add(&settings.conf, out);
    properties.extensions(&catalogs, &settings.conf);
    Some(properties)
}

/// How many kernels there are, in a formula.
fn kernels(settings: &Settings) -> Term {
    Term::stated("kernels", *settings.kernels)
}

fn traffic(settings: &Settings, origins: &Origins, offers: &Offers, out: &mut Build<'_>) {
    let notebooks = pods(settings);
    let executors = executor_pods(settings);
    let ends = [&notebooks, &executors].map(|it| Peer::Pods(it.clone()));
    let catalogs = Catalogs::of(&settings.catalogs, offers);
    catalogs.traffic(&ends[0], Some(&ends[1]), origins, out);
    out.workload("spark-notebook", notebooks.clone(), origins);
    out.workload("spark-notebook-executors", executors.clone(), origins);
    let ports = [FIRST_DRIVER_PORT, FIRST_BLOCK_PORT].map(|first| {
        let last = settings.kernels.map(|count| first + count - 1);
        let how = Arithmetic {
            formula: "last = first + kernels - 1",
            terms: vec![
                Term::new("first", first, "the first that Spark tries"),
                kernels(settings),
            ],
        };
        Port::range(first, out.computed(last, how))
    });
    let ports = ports.to_vec();
    out.api_server_flow(notebooks.clone(), origins);
    spark_traffic(&notebooks, &executors, ports, offers, origins, out);
    let notebooks = Peer::Pods(notebooks);
    store_traffic(&notebooks, offers, origins, out);
    for (name, endpoint) in &offers.endpoints {
        let speaks = endpoint.service.as_ref().map(|it| it.protocol);
        let Some(server) = name
            .strip_prefix("connect.")
            .filter(|_| speaks == Some(offers::Protocol::Grpc))
        else {
            continue;
        };
        let origins = match &settings.connect {
            Some(named) => named
                .iter()
                .find(|it| it.as_str() == server)
                .map(|it| &it.origins),
            None => is_in(&endpoint.peer, &settings.namespace).then_some(origins),
        };
        if let Some(origins) = origins {
            let (to, ports) = (endpoint.peer.clone(), endpoint.ports.clone());
            out.flow(notebooks.clone(), to, ports, origins);
        }
    }
    if *settings.internet {
        let origins = &settings.internet.origins;
        let ports = vec![Port::tcp(80), Port::tcp(443)];
        out.flow(notebooks.clone(), Peer::Internet, ports, origins);
    }
    if let Some(hub) = &settings.jupyterhub {
        // The labels and ports of JupyterHub's chart:
        // https://github.com/jupyterhub/zero-to-jupyterhub-k8s/tree/4.4.0/jupyterhub/templates
        let origins = &hub.origins;
        let namespace = &hub.namespace;
        offers.others_run_in(namespace.as_str(), "JupyterHub", &namespace.origins, out);
        for (component, listens) in [("hub", 8081), ("proxy", 8000)] {
            let label = |text: &str| Sourced::constant(text.to_owned());
            let pods = Pods {
                namespace: hub.namespace.map(ToString::to_string),
                labels: [
                    ("app".to_owned(), label("jupyterhub")),
                    ("component".to_owned(), label(component)),
                ]
                .into(),
            };
            out.others(format!("jupyterhub-{component}"), &pods, offers, origins);
            let (part, notebooks) = (Peer::Pods(pods), notebooks.clone());
            let ports = vec![Port::tcp(8888)];
            out.flow(part.clone(), notebooks.clone(), ports, origins);
            out.flow(notebooks, part, vec![Port::tcp(listens)], origins);
        }
    }
}

fn is_in(peer: &Peer, namespace: &NamespaceRef) -> bool {
    matches!(peer, Peer::Pods(pods) if pods.namespace.as_str() == namespace.as_str())
}

/// The size of a notebook's container.
struct Size {
    memory: Sourced<Memory>,
    most_memory: Sourced<Memory>,
    cpu: Sourced<CpuQuantity>,
    most_cpu: Option<Sourced<CpuQuantity>>,
}

impl Size {
    /// One kernel's driver is guaranteed, all of them may be there at once. A product that no quantity
    /// holds says no more than one kernel does.
    fn of(settings: &Settings) -> Self {
        let driver = &settings.driver;
        let all_memory = |memory: &Memory, kernels: &u16| {
            let bytes = memory.bytes().checked_mul(u64::from(*kernels));
            let all = bytes.and_then(|it| Memory::from_bytes(it).ok());
            all.unwrap_or(*memory)
        };
        let all_cores = |cores: &CpuQuantity, kernels: &u16| {
            let millicores = u32::try_from(cores.millicores() * u64::from(*kernels)).ok();
            let all = millicores.and_then(|it| CpuQuantity::from_millicores(it).ok());
            all.unwrap_or(*cores)
        };
        Self {
            memory: driver.memory.clone(),
            most_memory: driver.memory.with(&settings.kernels, all_memory),
            cpu: driver.cpu_request.clone().unwrap_or_else(|| {
                // More than the largest amount is more than any node has.
                driver.cores.map(|cores| {
                    CpuQuantity::from_millicores(cores.saturating_mul(1000))
                        .expect("the schema asks for one core at least")
                })
            }),
            most_cpu: driver
                .cpu_limit
                .as_ref()
                .map(|it| it.with(&settings.kernels, all_cores)),
        }
    }
}

/// What a notebook's container asks for, as a container says it.
fn container(settings: &Settings) -> Node {
    let size = Size::of(settings);
    let (mut requests, mut limits) = (Node::map(), Node::map());
    requests.insert("cpu", size.cpu);
    requests.insert("memory", size.memory);
    limits.insert("memory", size.most_memory);
    if let Some(most) = size.most_cpu {
        limits.insert("cpu", most);
    }
    let (mut resources, mut container) = (Node::map(), Node::map());
    resources.insert("requests", requests);
    resources.insert("limits", limits);
    container.insert("name", "notebook");
    container.insert("resources", resources);
    container
}

/// A number of bytes: JupyterHub reads a suffix `G` in its own way.
fn bytes(memory: &Sourced<Memory>) -> Node {
    let bytes = i64::try_from(memory.bytes()).expect("an amount of memory is below 2^63");
    Node::new(bytes, memory.origins.clone())
}

/// A number of cores: JupyterHub takes no suffix.
fn cores(cores: &Sourced<CpuQuantity>) -> Node {
    let millicores = u32::try_from(cores.millicores()).expect("nobody has a million cores");
    let number = if millicores.is_multiple_of(1000) {
        Value::from(millicores / 1000)
    } else {
        Value::Float(f64::from(millicores) / 1000.0)
    };
    Node::new(number, cores.origins.clone())
}

/// The values for JupyterHub's chart. No engine reads the extension.
fn hand_over(settings: &Settings, offers: &Offers, out: &mut Build<'_>) {
    let size = Size::of(settings);
    let driver = &settings.driver;
    let of_all = |formula, one: Term| Arithmetic {
        formula,
        terms: vec![one, kernels(settings)],
    };
    let memory = Term::stated("memory", *driver.memory);
    let most_memory = out.computed(
        size.most_memory,
        of_all("limit = memory * kernels, in bytes", memory),
    );
    let most_cpu = size.most_cpu.zip(driver.cpu_limit.as_ref());
    let most_cpu = most_cpu.map(|(most, one)| {
        let one = Term::stated("cpu-limit", **one);
        out.computed(most, of_all("limit = cpu-limit * kernels, in cores", one))
    });
    let context = Context::new()
        .value("service_account", settings.service_account.text())
        .value("memory", bytes(&size.memory))
        .value("most_memory", bytes(&most_memory))
        .value("cpu", cores(&size.cpu))
        .optional("most_cpu", most_cpu.as_ref().map(cores));
    let variables = Catalogs::of(&settings.catalogs, offers).variables(offers);
    let context = offers
        .with_storage(context)
        .list("catalog_secrets", variables);
    let values = out.document(JUPYTERHUB_VALUES, &context);
    out.manifests.handed_over.push(HandedOver {
        path: "jupyterhub.values".to_owned(),
        node: values,
        pods: settings.driver.plan(),
    });
}
