//! What the components that run Spark have in common: their settings, and the properties that follow.

use std::{collections::BTreeMap, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    Build, Offers,
    offers::{EventLog, Image, ObjectStore},
};
use crate::{
    diagnostics::{Diagnostic, Fix, codes},
    document::{Node, Origins, Sourced},
    kubernetes::{CpuQuantity, Identity, Memory, rbac},
    manifests::{Embedded, Layer, Peer, PodOptions, PodSettings, Pods, Port},
    ports,
    render::{Context, Template, template},
    spark::{
        Conf,
        memory::{Container, Mebibytes, Overhead, Split},
        rights::{self, Mode, VOLUME_OWNERSHIP, claims_volumes},
    },
    values::SparkDuration,
};

const SERVICE_ACCOUNT: Template = template!("components/templates/service-account.yaml.hbs");
const ROLE: Template = template!("components/templates/role.yaml.hbs");
const ROLE_BINDING: Template = template!("components/templates/role-binding.yaml.hbs");
const EXECUTOR_POD: Template = template!("components/templates/executor-pod-template.yaml.hbs");

/// Why a port or an address cannot be chosen.
pub const AGREED: &str = "the Services, the network policies and the pod's environment agree on it";

/// A Spark driver's container.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Driver {
    /// How many tasks of its own the driver runs at once, and the cores that it requests.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub cores: Sourced<u32>,
    /// The container's memory. The heap is what the overhead leaves.
    pub memory: Sourced<Memory>,
    /// What the driver needs beside its heap. When absent: a tenth of the heap, or two fifths where
    /// tasks run in the driver itself, and at least 384Mi.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overhead: Option<Sourced<Memory>>,
    /// The cores that it requests of Kubernetes, when they are not as many as its tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_request: Option<Sourced<CpuQuantity>>,
    /// The cores that it may use; as many as the node has when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_limit: Option<Sourced<CpuQuantity>>,
    /// What its pod says beside what kiln does.
    pub pod: PodOptions,
}

impl Driver {
    /// The cores that its container requests.
    #[must_use]
    pub fn requested_cores(&self) -> Node {
        let request = self.cpu_request.as_ref();
        request.map_or_else(|| (&self.cores).into(), Into::into)
    }
}

impl Default for Driver {
    fn default() -> Self {
        Self {
            cores: Sourced::constant(1),
            memory: Sourced::constant("2Gi".parse().expect("2Gi is an amount of memory")),
            overhead: None,
            cpu_request: None,
            cpu_limit: None,
            pod: PodOptions::default(),
        }
    }
}

/// A Spark executor's container.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Executor {
    /// How many tasks it runs at once, and the cores that it requests.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub cores: Sourced<u32>,
    /// The container's memory. The heap is what the overhead leaves.
    pub memory: Sourced<Memory>,
    /// What the executor needs beside its heap: Python workers live there. Two fifths of the heap,
    /// and at least 384Mi, when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overhead: Option<Sourced<Memory>>,
    /// The cores that it requests of Kubernetes, when they are not as many as its tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_request: Option<Sourced<CpuQuantity>>,
    /// The cores that it may use; as many as the node has when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_limit: Option<Sourced<CpuQuantity>>,
    /// How many executors there are, when their number is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub instances: Option<Sourced<u32>>,
    /// What its pod says beside what kiln does.
    pub pod: PodOptions,
}

impl Default for Executor {
    fn default() -> Self {
        Self {
            cores: Sourced::constant(1),
            memory: Sourced::constant("2Gi".parse().expect("2Gi is an amount of memory")),
            overhead: None,
            cpu_request: None,
            cpu_limit: None,
            instances: None,
            pod: PodOptions::default(),
        }
    }
}

/// How the number of executors follows the work.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DynamicAllocation {
    /// The least number. With 0, a server listens without waiting for executors.
    #[serde(default = "zero")]
    pub min: Sourced<u32>,
    /// The greatest number.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub max: Sourced<u32>,
    /// How long an idle executor that holds shuffle data stays, when its data is tracked. Spark's own
    /// default is for ever.
    #[serde(default = "half_an_hour")]
    pub shuffle_timeout: Sourced<SparkDuration>,
}

const fn zero() -> Sourced<u32> {
    Sourced::constant(0)
}

fn half_an_hour() -> Sourced<SparkDuration> {
    Sourced::constant("30min".parse().expect("30min is a span of time"))
}

/// The value of a Spark property, as a TOML string, number or boolean.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyValue(String);

impl fmt::Display for PropertyValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PropertyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;

        impl de::Visitor<'_> for Scalar {
            type Value = PropertyValue;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string, a number or a boolean")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PropertyValue, E> {
                Ok(PropertyValue(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<PropertyValue, E> {
                Ok(PropertyValue(number.to_string()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<PropertyValue, E> {
                Ok(PropertyValue(number.to_string()))
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<PropertyValue, E> {
                Ok(PropertyValue(flag.to_string()))
            }
        }

        deserializer.deserialize_any(Scalar)
    }
}

impl JsonSchema for PropertyValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PropertyValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// Spark properties by name, as a user writes them.
pub type UserConf = BTreeMap<String, Sourced<PropertyValue>>;

/// The properties of one Spark program: what kiln computes, then what the user adds.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    conf: Conf,
    /// For each computed property, what to write instead of setting it.
    computed: BTreeMap<String, &'static str>,
}

impl Properties {
    /// Sets a property that the user may not set; `instead` says what to write.
    pub fn set(&mut self, key: &str, value: Sourced<impl ToString>, instead: &'static str) {
        self.conf.set(key, value);
        self.computed.insert(key.to_owned(), instead);
    }

    /// Sets a property that no setting changes.
    pub fn pin(&mut self, key: &str, value: impl ToString + Copy, instead: &'static str) {
        self.set(key, Sourced::constant(value.to_string()), instead);
    }

    /// Sets a property that the user may set otherwise.
    pub fn set_default(&mut self, key: &str, value: impl ToString + Copy) {
        self.conf.set(key, Sourced::constant(value.to_string()));
    }

    /// Keeps a property unset: the user may not set it.
    pub fn forbid(&mut self, key: &str, instead: &'static str) {
        self.computed.insert(key.to_owned(), instead);
    }

    /// Adds what the user wrote, and reports what contradicts the spec.
    pub fn add(&mut self, user: &UserConf, out: &mut Build<'_>) {
        for (key, value) in user {
            if let Some(instead) = self.computed.get(key) {
                let diagnostic = Diagnostic::error(
                    codes::COMPUTED_PROPERTY,
                    format!("`{key}` is computed and cannot be set here"),
                )
                .at_key(&value.origins, "would contradict the objects around it")
                .hint((*instead).to_owned());
                out.report(match value.origins.first() {
                    Some(entry) => diagnostic.fix(Fix::remove("remove it here", entry)),
                    None => diagnostic,
                });
                continue;
            }
            self.conf.set(key.as_str(), value.clone());
        }
        self.own_claims(user);
    }

    /// Adds what the user wrote, for those who ask what follows from it; [`Self::add`] reports its faults.
    pub fn add_unchecked(&mut self, user: &UserConf) {
        for (key, value) in user {
            self.conf.set(key.as_str(), value.clone());
        }
        self.own_claims(user);
    }

    /// Has drivers leave claims alone, as long as they make none: it would take rights that most do not need.
    pub fn leave_claims(&mut self) {
        for name in VOLUME_OWNERSHIP {
            self.set_default(name, "false");
        }
    }

    /// Volumes claimed for executors go with their driver, as Spark does by itself.
    fn own_claims(&mut self, user: &UserConf) {
        let conf = &self.conf;
        if conf.iter().any(|(key, value)| claims_volumes(key, value)) {
            for name in VOLUME_OWNERSHIP {
                if !user.contains_key(name) {
                    self.conf.remove(name);
                }
            }
        }
    }

    /// Takes out a property that something else tells Spark. The user still may not set it.
    pub fn take(&mut self, key: &str) -> Option<Sourced<String>> {
        self.conf.remove(key)
    }

    /// The properties.
    #[must_use]
    pub const fn conf(&self) -> &Conf {
        &self.conf
    }

    /// Where data lies. The credentials are not here: Spark takes them from the driver's environment
    /// and hands them to its executors (`SparkHadoopUtil.appendS3AndSparkHadoopHiveConfigurations`).
    pub fn object_store(&mut self, store: &ObjectStore) {
        const INSTEAD: &str = "it follows from the table `object-store`";
        let key = |name: &str| format!("spark.hadoop.fs.s3a.{name}");
        self.set(&key("endpoint"), store.endpoint.clone(), INSTEAD);
        self.set(&key("endpoint.region"), store.region.clone(), INSTEAD);
        self.set(&key("path.style.access"), store.path_style.clone(), INSTEAD);
        self.set(&key("connection.ssl.enabled"), store.tls.clone(), INSTEAD);
        for name in ["access.key", "secret.key", "session.token"] {
            self.forbid(
                &key(name),
                "credentials come from the Secret that `object-store.credentials` names, never from a ConfigMap",
            );
        }
    }

    /// Where event logs go.
    pub fn event_log(&mut self, log: Option<&EventLog>) {
        const INSTEAD: &str =
            "it follows from the table `history-server`, so that what is written is what is read";
        let Some(log) = log else {
            self.set_default("spark.eventLog.enabled", "false");
            return;
        };
        self.set(
            "spark.eventLog.enabled",
            Sourced::new("true", log.origins.clone()),
            INSTEAD,
        );
        self.set("spark.eventLog.dir", log.directory(), INSTEAD);
        // S3A uploads a file when it is closed: without rolling, an application that runs is invisible,
        // and one that is killed leaves nothing.
        self.pin("spark.eventLog.rolling.enabled", "true", INSTEAD);
        self.set_default("spark.eventLog.rolling.maxFileSize", "10m");
    }

    /// How Spark spawns executors on Kubernetes.
    pub fn kubernetes_executors(
        &mut self,
        executor: &Executor,
        image: &Image,
        offers: &Offers,
        service_account: Node,
        template_file: &str,
    ) {
        const INSTEAD: &str = "it follows from `image`";
        self.set(
            "spark.kubernetes.container.image",
            image.reference.clone(),
            INSTEAD,
        );
        self.set(
            "spark.kubernetes.container.image.pullPolicy",
            image.pull_policy.clone(),
            INSTEAD,
        );
        if let Some(secret) = &image.pull_secret {
            let name = offers
                .secret(secret)
                .name
                .clone()
                .with_origin(&secret.origins);
            self.set(
                "spark.kubernetes.container.image.pullSecrets",
                name,
                INSTEAD,
            );
        }
        let name = service_account.as_str().unwrap_or_default().to_owned();
        self.set(
            "spark.kubernetes.authenticate.executor.serviceAccountName",
            Sourced::new(name, service_account.origins),
            "executors run without rights, as a ServiceAccount of their own",
        );
        self.forbid(
            "spark.kubernetes.authenticate.driver.serviceAccountName",
            "in client mode it only gives executors the driver's rights",
        );
        self.pin(
            "spark.kubernetes.executor.podTemplateFile",
            template_file,
            "kiln writes the executors' pod template",
        );
        let request = match &executor.cpu_request {
            Some(request) => request.map(ToString::to_string),
            None => executor.cores.map(ToString::to_string),
        };
        self.set(
            "spark.kubernetes.executor.request.cores",
            request,
            "set `executor.cpu-request`",
        );
        if let Some(limit) = &executor.cpu_limit {
            self.set(
                "spark.kubernetes.executor.limit.cores",
                limit.map(ToString::to_string),
                "set `executor.cpu-limit`",
            );
        } else {
            self.forbid(
                "spark.kubernetes.executor.limit.cores",
                "set `executor.cpu-limit`",
            );
        }
        self.pin(
            "spark.blockManager.port",
            ports::BLOCK_MANAGER,
            "the network policies allow this port",
        );
    }

    /// The size of an executor; `reserved` bytes of its container are spent otherwise.
    pub fn executor_size(
        &mut self,
        executor: &Executor,
        reserved: u64,
        out: &mut Build<'_>,
    ) -> Option<Sourced<Split>> {
        self.set(
            "spark.executor.cores",
            executor.cores.clone(),
            "set `executor.cores`",
        );
        let split = split(
            &executor.memory,
            executor.overhead.as_ref(),
            Overhead::NonJvm,
            reserved,
            out,
        );
        if let Some(split) = &split {
            self.set(
                "spark.executor.memory",
                split.map(|split| split.heap),
                "set `executor.memory`, the whole container's, and `executor.overhead`",
            );
            self.set(
                "spark.executor.memoryOverhead",
                split.map(|split| split.overhead),
                "set `executor.overhead`",
            );
        }
        self.forbid(
            "spark.executor.memoryOverheadFactor",
            "set `executor.overhead`",
        );
        self.forbid(
            "spark.kubernetes.memoryOverheadFactor",
            "set `executor.overhead`",
        );
        split
    }

    /// The size of a driver, which needs `otherwise` beside its heap when it states nothing;
    /// `reserved` bytes of its container are spent otherwise.
    pub fn driver_size(
        &mut self,
        driver: &Driver,
        otherwise: Overhead,
        reserved: u64,
        out: &mut Build<'_>,
    ) {
        self.set(
            "spark.driver.cores",
            driver.cores.clone(),
            "set `driver.cores`",
        );
        if let Some(split) = split(
            &driver.memory,
            driver.overhead.as_ref(),
            otherwise,
            reserved,
            out,
        ) {
            self.set(
                "spark.driver.memory",
                split.map(|split| split.heap),
                "set `driver.memory`, the whole container's, and `driver.overhead`",
            );
            self.set(
                "spark.driver.memoryOverhead",
                split.map(|split| split.overhead),
                "set `driver.overhead`",
            );
        }
        self.forbid("spark.driver.memoryOverheadFactor", "set `driver.overhead`");
    }

    /// How many executors there are.
    pub fn executor_count(
        &mut self,
        executor: &Executor,
        dynamic: Option<&Sourced<DynamicAllocation>>,
        out: &mut Build<'_>,
    ) {
        const INSTEAD: &str =
            "set `dynamic-allocation`, or `executor.instances` for a fixed number";
        for name in ["enabled", "minExecutors", "maxExecutors"] {
            self.forbid(&format!("spark.dynamicAllocation.{name}"), INSTEAD);
        }
        self.forbid("spark.executor.instances", INSTEAD);
        match (dynamic, &executor.instances) {
            (Some(dynamic), Some(instances)) => out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    "the number of executors is either fixed or dynamic",
                )
                .at_key(&instances.origins, "fixed here")
                .at_key(&dynamic.max.origins, "dynamic here"),
            ),
            (Some(dynamic), None) => {
                if dynamic.min.value > dynamic.max.value {
                    out.report(
                        Diagnostic::error(codes::CONFLICT, "`min` is greater than `max`")
                            .at_value(&dynamic.min.origins, "")
                            .at_value(&dynamic.max.origins, ""),
                    );
                }
                let because = dynamic.map(|_| "true");
                self.set("spark.dynamicAllocation.enabled", because, INSTEAD);
                self.set(
                    "spark.dynamicAllocation.minExecutors",
                    dynamic.min.clone(),
                    INSTEAD,
                );
                self.set(
                    "spark.dynamicAllocation.maxExecutors",
                    dynamic.max.clone(),
                    INSTEAD,
                );
                self.set_default("spark.dynamicAllocation.shuffleTracking.enabled", "true");
                self.set(
                    "spark.dynamicAllocation.shuffleTracking.timeout",
                    dynamic.shuffle_timeout.clone(),
                    "set `dynamic-allocation.shuffle-timeout`",
                );
            }
            (None, Some(instances)) => {
                self.set("spark.executor.instances", instances.clone(), INSTEAD);
            }
            (None, None) => {
                self.pin("spark.executor.instances", 1, INSTEAD);
            }
        }
    }

    /// How a driver in a pod of its own, in client mode, is found and finds the API server.
    pub fn client_mode(&mut self) {
        self.driver_address();
        self.pin(
            "spark.master",
            "k8s://https://kubernetes.default.svc:443",
            AGREED,
        );
        // Spark expands `${env:X}` in its own keys, in all supported versions; nothing else has to.
        self.pin("spark.kubernetes.namespace", "${env:POD_NAMESPACE}", AGREED);
        // The driver's pod owns its executors, so nothing is left behind when it is killed.
        self.pin(
            "spark.kubernetes.driver.pod.name",
            "${env:POD_NAME}",
            AGREED,
        );
        // A few failed executors end a driver (twice as many as there may be, at least 3). One that lives
        // for weeks would add up those of all weeks.
        self.set_default("spark.executor.failuresValidityInterval", "1h");
        // A driver in client mode makes no Service and, unless asked to, no claims: without these
        // three it would still try to delete them when it stops, and need the right to.
        self.set_default(
            "spark.kubernetes.driver.service.deleteOnTermination",
            "false",
        );
        self.leave_claims();
    }

    /// How executors find a driver in a pod of its own.
    pub fn driver_address(&mut self) {
        self.pin("spark.submit.deployMode", "client", AGREED);
        self.pin("spark.driver.host", "${env:POD_IP}", AGREED);
        self.pin("spark.driver.bindAddress", "0.0.0.0", AGREED);
        self.pin("spark.driver.port", ports::DRIVER, AGREED);
        self.pin(
            "spark.driver.blockManager.port",
            ports::BLOCK_MANAGER,
            AGREED,
        );
        self.pin("spark.ui.port", ports::DRIVER_UI, AGREED);
    }
}

/// Divides a container's memory, or says why it cannot be divided.
pub fn split(
    memory: &Sourced<Memory>,
    overhead: Option<&Sourced<Memory>>,
    otherwise: Overhead,
    reserved: u64,
    out: &mut Build<'_>,
) -> Option<Sourced<Split>> {
    let mut origins = memory.origins.clone();
    let overhead = match overhead {
        None => otherwise,
        Some(stated) => {
            origins.extend(&stated.origins);
            match Mebibytes::from_bytes(stated.bytes()) {
                Ok(amount) => Overhead::Exactly(amount),
                Err(error) => {
                    out.report(
                        Diagnostic::error(codes::BAD_VALUE, error.to_string())
                            .at_value(&stated.origins, ""),
                    );
                    return None;
                }
            }
        }
    };
    match Container::new(memory.bytes().saturating_sub(reserved), overhead).split() {
        Ok(split) => Some(Sourced::new(split, origins)),
        Err(error) => {
            let mut diagnostic = Diagnostic::error(codes::BAD_VALUE, error.to_string())
                .at_value(&memory.origins, "the container's memory")
                .note("Spark would exit with `System memory … must be at least 471859200`");
            if reserved > 0 {
                let mebibytes = |bytes: u64| bytes >> 20;
                diagnostic = diagnostic.note(format!(
                    "of the container's {}Mi, {}Mi are spent beside this process",
                    mebibytes(memory.bytes()),
                    mebibytes(reserved)
                ));
            }
            out.report(diagnostic);
            None
        }
    }
}

/// The ServiceAccounts of a driver and of its executors, and what the driver may do.
pub struct Access<'a> {
    /// The driver's ServiceAccount; its Role and RoleBinding have the same name.
    pub driver: &'a Node,
    /// The ServiceAccount of its executors, which may do nothing.
    pub executors: &'a Node,
    /// Their namespace.
    pub namespace: &'a Node,
    /// The program, for `app.kubernetes.io/name`.
    pub app: &'a str,
    /// The properties of the drivers that run as it, from which follows what they may do.
    pub drivers: &'a [Conf],
    /// Who makes the driver's pod.
    pub maker: Maker,
}

/// Who makes the pod of a driver.
///
/// Others than kiln name the account and say nothing of a token, so the account has to: without one a
/// driver ends with `External scheduler cannot be instantiated`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// kiln, whose template says that the pod has a token.
    Kiln,
    /// `JupyterHub`, or whatever starts notebooks.
    Hub,
    /// The operator, in cluster mode.
    Operator,
}

impl Access<'_> {
    /// Makes the objects.
    pub fn build(&self, because: &Origins, out: &mut Build<'_>) {
        let common = Context::new()
            .value("namespace", self.namespace.clone())
            .value("app", self.app);
        let mode = match self.maker {
            Maker::Kiln | Maker::Hub => Mode::Client,
            Maker::Operator => Mode::Cluster,
        };
        let rights = rights::of_role(mode, self.drivers).into_iter();
        let rules = rights.map(|(resource, verbs)| rbac::rule("", [resource], verbs));
        let driver = common
            .clone()
            .value("name", self.driver.clone())
            .value("rules", rules.collect::<Vec<_>>())
            .flag("mounts_token", self.maker != Maker::Kiln);
        let executors = common
            .value("name", self.executors.clone())
            .flag("mounts_token", false);
        out.object(Layer::Platform, SERVICE_ACCOUNT, because, &driver);
        out.object(Layer::Platform, SERVICE_ACCOUNT, because, &executors);
        out.object(Layer::Platform, ROLE, because, &driver);
        out.object(Layer::Platform, ROLE_BINDING, because, &driver);
    }
}

/// A `ServiceAccount` that may do nothing, for pods that have no token.
pub fn powerless_account(
    name: Node,
    namespace: Node,
    app: &str,
    because: &Origins,
    out: &mut Build<'_>,
) {
    let context = Context::new()
        .value("name", name)
        .value("namespace", namespace)
        .value("app", app)
        .flag("mounts_token", false);
    out.object(Layer::Platform, SERVICE_ACCOUNT, because, &context);
}

/// The pod template of executors. Spark puts itself into the container of that name.
pub fn executor_template(workload: Node, container: &str, out: &mut Build<'_>) -> Node {
    let context = Context::new()
        .value("workload", workload)
        .value("container", container);
    out.document(EXECUTOR_POD, &context)
}

/// Puts the pod template of a workload's executors into a `ConfigMap`, from which Spark reads it.
pub fn executor_pod(
    workload: &Sourced<String>,
    pods: PodSettings,
    config_map: Identity,
    because: &Origins,
    out: &mut Build<'_>,
) {
    let node = executor_template(workload.text(), "executor", out);
    let namespace = config_map.namespace.clone().unwrap_or_default();
    out.embedded(Embedded {
        node,
        target: Identity::in_namespace("", "Pod", namespace, workload.value.clone()),
        holder: config_map,
        key: "executor.yaml".to_owned(),
        is_object: false,
        expressions: None,
        pods: Some(pods),
        because: because.clone(),
    });
}

/// The traffic between a driver and its executors, and from both to the object store.
pub fn spark_traffic(
    driver: &Pods,
    executors: &Pods,
    driver_ports: Vec<Port>,
    offers: &Offers,
    because: &Origins,
    out: &mut Build<'_>,
) {
    let driver = Peer::Pods(driver.clone());
    let executors = Peer::Pods(executors.clone());
    let blocks = || vec![Port::tcp(ports::BLOCK_MANAGER)];
    out.flow(executors.clone(), driver.clone(), driver_ports, because);
    out.flow(driver.clone(), executors.clone(), blocks(), because);
    out.flow(executors.clone(), executors.clone(), blocks(), because);
    if let Some(store) = &offers.object_store {
        for end in [driver, executors] {
            out.flow(end, store.peer.clone(), vec![store.port.clone()], because);
        }
    }
}
