//! `[applications.NAME]`: Spark jobs, which the operator runs.

mod dependencies;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::dependencies::Dependencies;
use super::{
    Build, Component, Entry, Occurrence, Offers,
    offers::{Image, Operator},
    reference::{CatalogRef, ImageRef, NamespaceRef, QueueRef},
    workload::{
        Catalogs, DriverContainer, DynamicAllocation, Executor, Parts, Properties,
        UI_PORT_OF_SPARK, UserConf, driver_metrics, split, with_scratch,
    },
};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::{Node, Origins, Sourced, Value},
    kubernetes::Identity,
    manifests::{BatchScheduler, Embedded, Layer, Peer, PodSettings, pods_of},
    ports,
    render::{Context, Template, template},
    spark::memory::Overhead,
    values::{ApplicationFile, CronSchedule, TimeZone},
};

const SPEC: Template = template!("components/applications/templates/application-spec.yaml.hbs");
const APPLICATION: Template =
    template!("components/applications/templates/spark-application.yaml.hbs");
const SCHEDULED: Template =
    template!("components/applications/templates/scheduled-spark-application.yaml.hbs");
const CONFIG_MAP: Template = template!("components/applications/templates/config-map.yaml.hbs");

/// The longest name of an application: its driver's Service adds a hash and `-driver-svc`, and a
/// scheduled run a time, to a name of at most 63 characters.
const LONGEST_NAME: usize = 40;

/// A Spark job.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where it runs; one of the operator's `job-namespaces`.
    namespace: Sourced<NamespaceRef>,
    /// What starts it: Airflow, with a file that kiln hands it (`airflow`); the clock, by the operator
    /// (`schedule`); or the commit that changes it (`git`), which also kills a run that is under way.
    trigger: Sourced<Trigger>,
    /// The queue of a batch scheduler in which it waits for room.
    queue: Option<Sourced<QueueRef>>,
    /// The image of its driver and executors.
    image: Sourced<ImageRef>,
    /// The language of its main file.
    #[serde(rename = "type")]
    kind: Sourced<Kind>,
    /// The main file: `local:///…` for one in the image, or a URL such as `s3a://…`.
    main_file: Sourced<ApplicationFile>,
    /// Its arguments. With `trigger = "airflow"` Airflow fills in its own expressions, such as `{{ ds }}`,
    /// here and nowhere else; what comes out of one stays a part of its argument.
    #[serde(default)]
    arguments: Vec<Sourced<String>>,
    /// What it needs beside its main file and its image.
    #[serde(default)]
    dependencies: Dependencies,
    /// The driver's container.
    #[serde(default)]
    driver: DriverContainer,
    /// The container of each executor.
    #[serde(default)]
    executor: Executor,
    /// How the number of executors follows the work; without it the number is fixed.
    dynamic_allocation: Option<Sourced<DynamicAllocation>>,
    /// How often the operator tries again after a failure.
    #[serde(default)]
    #[schemars(range(max = 100))]
    retries: Sourced<u32>,
    /// The catalogs of tables that it knows. Their jars have to be in the image.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    catalogs: Vec<Sourced<CatalogRef>>,
    /// Spark properties that no other key computes.
    #[serde(default)]
    conf: UserConf,
}

/// What starts a job.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(inline)]
enum Trigger {
    /// Airflow, with a file that kiln hands it.
    Airflow,
    /// The clock, by the operator.
    Schedule {
        /// When, as cron writes it.
        schedule: Sourced<CronSchedule>,
        /// The time zone of the schedule.
        #[serde(default = "utc")]
        time_zone: Sourced<TimeZone>,
        /// What happens when a run is due and the last one is not done.
        #[serde(default)]
        concurrency: Sourced<Concurrency>,
    },
    /// The commit that changes it.
    Git,
}

/// The language of a job.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Kind {
    /// A file of Python.
    Python,
    /// A jar of Scala, of which a class is run.
    Scala(Jar),
    /// A jar of Java, of which a class is run.
    Java(Jar),
    /// A file of R.
    R,
}

impl Kind {
    /// What the operator calls it.
    const fn name(&self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Scala(_) => "Scala",
            Self::Java(_) => "Java",
            Self::R => "R",
        }
    }

    /// What the name of a file ends in that Spark takes for one in this language.
    const fn endings(&self) -> &'static [&'static str] {
        match self {
            Self::Python => &[".py"],
            Self::R => &[".R", ".r"],
            Self::Java(_) | Self::Scala(_) => &[],
        }
    }

    /// The class to run, of a jar.
    const fn main_class(&self) -> Option<&Sourced<String>> {
        match self {
            Self::Scala(jar) | Self::Java(jar) => Some(&jar.main_class),
            Self::Python | Self::R => None,
        }
    }
}

/// What there is to say of a jar.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Jar {
    /// The main class.
    #[schemars(
        regex(pattern = r"^[^\s.,:;/-]+(\.[^\s.,:;/-]+)*$"),
        example = "com.example.jobs.Nightly"
    )]
    main_class: Sourced<String>,
}

/// What happens when a run is due and the last one is not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Concurrency {
    /// The new run is left out.
    #[default]
    Forbid,
    /// Both run.
    Allow,
    /// The old run is killed.
    Replace,
}

impl From<Concurrency> for Value {
    fn from(policy: Concurrency) -> Self {
        Self::from(match policy {
            Concurrency::Forbid => "Forbid",
            Concurrency::Allow => "Allow",
            Concurrency::Replace => "Replace",
        })
    }
}

fn utc() -> Sourced<TimeZone> {
    Sourced::constant("UTC".parse().expect("UTC is a time zone"))
}

/// The component.
pub struct Applications;

impl Component for Applications {
    type Settings = Settings;
    const TABLE: &'static str = "applications";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const ABOUT: &'static str = "Spark jobs, which the operator runs.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let mut properties = Properties::default();
        properties.leave_claims();
        properties.executor_scratch(entry.settings.executor.scratch.as_ref());
        properties.add_unchecked(&entry.settings.conf);
        offers.applications.push(properties.conf().clone());
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        let why = "a Spark application needs the operator";
        let Some(operator) = offers.need_operator(why, &entry.origins, out) else {
            return;
        };
        validate(entry, out);
        validate_queue(&entry.settings, offers, out);
        dependencies::validate(&entry.settings, out);
        dependencies::traffic(entry, offers, out);
        let Some(context) = context(entry, operator, offers, out) else {
            return;
        };
        let trigger = &entry.settings.trigger;
        let origins = &entry.origins.clone().chosen_by(&trigger.origins);
        let image = offers.image(&entry.settings.image);
        let pods = offers
            .pod_settings(&image)
            .plan(offers.with_metrics(
                entry.settings.driver.plan(),
                driver_metrics(UI_PORT_OF_SPARK),
            ))
            .executors(entry.settings.executor.plan_spawned(&image, offers));
        match &**trigger {
            Trigger::Git => {
                out.object(Layer::Workloads, APPLICATION, origins, &context)
                    .pods(pods);
            }
            Trigger::Schedule {
                schedule,
                time_zone,
                concurrency,
            } => {
                let context = context
                    .value("schedule", schedule)
                    .value("time_zone", time_zone)
                    .value("concurrency", concurrency);
                out.object(Layer::Workloads, SCHEDULED, origins, &context)
                    .pods(pods);
            }
            Trigger::Airflow => airflow(entry, &context, pods, origins, offers, out),
        }
    }
}

/// What a queue cannot hold, and what has to be there for it.
fn validate_queue(settings: &Settings, offers: &Offers, out: &mut Build<'_>) {
    let Some(queue) = offers.queue(settings.queue.as_ref()) else {
        return;
    };
    queue.local_queue(&settings.namespace.text(), out);
    if *queue.scheduler == BatchScheduler::Kueue
        && let Some(dynamic) = &settings.dynamic_allocation
    {
        let title = "Kueue takes no application whose number of executors changes";
        out.report(
            Diagnostic::error(codes::CONFLICT, title)
                .at_key(&dynamic.origins, "it changes by this")
                .at_value(&queue.scheduler.origins, "the queue is Kueue's")
                .note("its webhook would refuse the SparkApplication: it admits a job once, with all of its pods")
                .hint("set `executor.instances`, or take a queue of `yunikorn` or `volcano`"),
        );
    }
}

/// What the schema cannot say.
fn validate(entry: &Entry<Settings>, out: &mut Build<'_>) {
    let settings = &entry.settings;
    if entry.name.len() > LONGEST_NAME || entry.name.starts_with(|it: char| it.is_ascii_digit()) {
        out.report(
            Diagnostic::error(
                codes::NAME,
                format!("`{}` cannot be the name of an application", *entry.name),
            )
            .at_key(&entry.origins, "")
            .hint(format!(
                "at most {LONGEST_NAME} characters, the first one a letter: its driver's Service is named after it"
            )),
        );
    }
    let endings = settings.kind.endings();
    let file = &settings.main_file;
    if !endings.is_empty() && !endings.iter().any(|it| file.ends_with(it)) {
        out.report(
            Diagnostic::error(
                codes::CONFLICT,
                format!("`{}` is not a file in that language to Spark", **file),
            )
            .at_value(&file.origins, "")
            .at_value(&settings.kind.origins, "the language is stated here")
            .note("spark-submit would take it for a jar: `No main class set in JAR`")
            .hint(format!("its name has to end in `{}`", endings[0])),
        );
    }
    if matches!(*settings.trigger, Trigger::Airflow)
        && let Some(dynamic) = &settings.dynamic_allocation
        && *dynamic.min == 0
    {
        out.report(
            Diagnostic::error(codes::CONFLICT, "Airflow refuses a `min` of 0")
                .at_value(&dynamic.min.origins, "")
                .note("SparkKubernetesOperator would fail: `Make sure min/max value for dynamic allocation is passed`")
                .hint("set `dynamic-allocation.min = 1`"),
        );
    }
}

/// Everything that both resources say of the job.
fn context(
    entry: &Entry<Settings>,
    operator: &Operator,
    offers: &Offers,
    out: &mut Build<'_>,
) -> Option<Context> {
    let settings = &entry.settings;
    let image = offers.image(&settings.image);
    let Some(spark) = &image.spark else {
        out.report(without_spark(&settings.image, &image));
        return None;
    };
    let (driver_memory, executor_memory) = memory(settings, out)?;
    let catalogs = Catalogs::of(&settings.catalogs, offers);
    catalogs.validate(out);
    let (driver_pods, executor_pods) = (operator.pods.driver, operator.pods.executor);
    let [driver_pods, executor_pods] =
        [driver_pods, executor_pods].map(|it| Peer::Pods(pods_of(&settings.namespace.text(), it)));
    catalogs.traffic(&driver_pods, Some(&executor_pods), &entry.origins, out);
    let properties = properties(settings, &image, &catalogs, offers, out);
    let arguments: Vec<Node> = settings.arguments.iter().map(Into::into).collect();
    let context = Context::new()
        .value("name", &entry.name)
        .value("namespace", settings.namespace.text())
        .value("type", settings.kind.map(Kind::name))
        .value("spark", spark.text())
        .value("main_file", &settings.main_file)
        .optional("main_class", settings.kind.main_class())
        .optional("arguments", (!arguments.is_empty()).then_some(arguments))
        .value("conf", properties.conf().to_map())
        .value("driver_account", &operator.pods.driver_account)
        .value("driver_workload", operator.pods.driver)
        .value("executor_workload", operator.pods.executor)
        .value("executor_account", &operator.pods.executor_account);
    let context = with_driver(context, &settings.driver, &driver_memory);
    let context = with_executors(context, settings, &executor_memory).optional(
        "retries",
        (*settings.retries > 0).then_some(&settings.retries),
    );
    let variables = catalogs.variables(offers);
    let has_variables = !variables.is_empty() || offers.has_keys();
    let context = offers
        .with_storage(context)
        .flag("has_variables", has_variables)
        .list("catalog_secrets", variables);
    let context = with_queue(context, settings, offers);
    let context = settings.dependencies.add_to(context);
    let application = out.document(SPEC, &context);
    Some(context.value("application", application))
}

/// What the memory of the driver and of each executor is spent on.
fn memory(settings: &Settings, out: &mut Build<'_>) -> Option<(Parts, Parts)> {
    let overhead = settings.kind.map(|kind| match kind {
        Kind::Python | Kind::R => Overhead::NonJvm,
        Kind::Java(_) | Kind::Scala(_) => Overhead::Jvm,
    });
    let nothing = &Sourced::constant(None);
    let mut parts = |memory, stated: Option<_>| split(memory, stated, &overhead, nothing, out);
    let (driver, executor) = (&settings.driver, &settings.executor);
    let of_driver = parts(&driver.memory, driver.overhead.as_ref())?;
    let of_executor = parts(&executor.memory, executor.overhead.as_ref())?;
    let of_executor = Parts {
        overhead: with_scratch(of_executor.overhead, executor, out),
        ..of_executor
    };
    Some((of_driver, of_executor))
}

/// The queue: Kueue takes the application whole, and the operator tells others of its pods.
fn with_queue(context: Context, settings: &Settings, offers: &Offers) -> Context {
    let queue = offers.queue(settings.queue.as_ref());
    let (whole, by_operator) = match queue {
        Some(queue) if *queue.scheduler == BatchScheduler::Kueue => (Some(queue.name), None),
        queue => (None, queue),
    };
    let scheduler = by_operator.as_ref().map(|it| &it.scheduler);
    context
        .optional("kueue_queue", whole)
        .optional(
            "batch_scheduler",
            scheduler.map(|it| it.map(|it| it.name())),
        )
        .optional("queue", by_operator.map(|it| it.name))
}

fn without_spark(name: &Sourced<ImageRef>, image: &Image) -> Diagnostic {
    let title = format!("the image `{}` holds no Spark", **name);
    Diagnostic::error(codes::CONFLICT, title)
        .at_value(&name.origins, "a Spark application runs from it")
        .at_key(&image.origins, "`spark` is not declared here")
}

fn with_driver(context: Context, driver: &DriverContainer, memory: &Parts) -> Context {
    let request = driver.cpu_request.as_ref();
    let limit = driver.cpu_limit.as_ref();
    context
        .value("driver_cores", &driver.cores)
        .optional("driver_request", request.map(Sourced::text))
        .optional("driver_limit", limit.map(Sourced::text))
        .value("driver_memory", &memory.heap)
        .value("driver_overhead", &memory.overhead)
}

fn with_executors(context: Context, settings: &Settings, memory: &Parts) -> Context {
    let executor = &settings.executor;
    let request = executor.cpu_request.as_ref();
    let limit = executor.cpu_limit.as_ref();
    let dynamic = settings.dynamic_allocation.as_ref();
    let instances = match &executor.instances {
        Some(instances) => Some(Node::from(instances)),
        None if dynamic.is_none() => Some(Node::from(1_u32)),
        None => None,
    };
    context
        .value("executor_cores", &executor.cores)
        .optional("executor_request", request.map(Sourced::text))
        .optional("executor_limit", limit.map(Sourced::text))
        .value("executor_memory", &memory.heap)
        .value("executor_overhead", &memory.overhead)
        .optional("instances", instances)
        .flag("dynamic", dynamic.is_some())
        .optional("min", dynamic.map(|it| &it.min))
        .optional("max", dynamic.map(|it| &it.max))
}

fn properties(
    settings: &Settings,
    image: &Image,
    catalogs: &Catalogs,
    offers: &Offers,
    out: &mut Build<'_>,
) -> Properties {
    const PORTS: &str = "the network policies allow this port";
    const SIZE: &str = "set `driver`, `executor` or `dynamic-allocation`";
    let mut properties = Properties::default();
    if let Some(store) = &offers.object_store {
        properties.object_store(store, image, offers);
    }
    properties.event_log(offers);
    properties.catalogs(catalogs, offers);
    properties.metrics(offers.metrics.as_ref());
    settings.dependencies.properties(&mut properties);
    properties.driver_ports(PORTS);
    properties.pin("spark.blockManager.port", ports::BLOCK_MANAGER, PORTS);
    properties.leave_claims();
    properties.executor_scratch(settings.executor.scratch.as_ref());
    properties.decommission(&settings.executor, &offers.image(&settings.image), offers);
    if let Some(dynamic) = &settings.dynamic_allocation {
        properties.set_default("spark.dynamicAllocation.shuffleTracking.enabled", "true");
        properties.set(
            "spark.dynamicAllocation.shuffleTracking.timeout",
            dynamic.shuffle_timeout.clone(),
            "set `dynamic-allocation.shuffle-timeout`",
        );
    }
    for key in [
        "spark.driver.cores",
        "spark.driver.memory",
        "spark.driver.memoryOverhead",
        "spark.executor.cores",
        "spark.executor.memory",
        "spark.executor.memoryOverhead",
        "spark.executor.instances",
        "spark.dynamicAllocation.enabled",
        "spark.dynamicAllocation.minExecutors",
        "spark.dynamicAllocation.maxExecutors",
        "spark.kubernetes.memoryOverheadFactor",
    ] {
        properties.forbid(key, SIZE);
    }
    for key in [
        "spark.master",
        "spark.submit.deployMode",
        "spark.kubernetes.namespace",
        "spark.kubernetes.container.image",
        "spark.kubernetes.driver.container.image",
        "spark.kubernetes.executor.container.image",
        "spark.kubernetes.authenticate.driver.serviceAccountName",
        "spark.kubernetes.authenticate.executor.serviceAccountName",
    ] {
        properties.forbid(key, "the operator sets it from `namespace` and `image`");
    }
    properties.add(&settings.conf, out);
    properties.extensions(catalogs, &settings.conf);
    properties
}

/// A ready `application_file` in Airflow's namespace.
fn airflow(
    entry: &Entry<Settings>,
    context: &Context,
    pods: PodSettings,
    origins: &Origins,
    offers: &Offers,
    out: &mut Build<'_>,
) {
    let why = "an application with `trigger = \"airflow\"` needs Airflow";
    let Some(airflow) = offers.need_airflow(why, &entry.settings.trigger.origins, out) else {
        return;
    };
    let main_file = &entry.settings.main_file;
    if main_file.contains("{{") {
        out.report(
            Diagnostic::warning(codes::TEMPLATE_AS_TEXT, "nothing fills `{{` in `main-file`")
                .at_value(&main_file.origins, "stays as it is")
                .hint("hand what Airflow fills in to the job as one of its `arguments`"),
        );
    }
    let file = entry.name.map(|name| format!("{name}.yaml"));
    let name = entry.name.map(|name| format!("spark-application-{name}"));
    let namespace = entry.settings.namespace.as_str();
    let embedded = Embedded {
        node: out.document(APPLICATION, context),
        target: Identity::in_namespace(
            "sparkoperator.k8s.io",
            "SparkApplication",
            namespace,
            entry.name.as_str(),
        ),
        holder: Identity::in_namespace(
            "",
            "ConfigMap",
            airflow.namespace.as_str(),
            name.value.clone(),
        ),
        key: file.value.clone(),
        is_object: true,
        expressions: Some(&["spec", "arguments"]),
        pods: Some(pods),
        origins: origins.clone(),
        chosen_by: entry.settings.trigger.origins.clone(),
    };
    let config_map = Context::new()
        .value("name", &name)
        .value("namespace", airflow.namespace.clone());
    out.object(Layer::Workloads, CONFIG_MAP, origins, &config_map);
    out.embedded(embedded);
}
