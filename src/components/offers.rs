//! What components have for each other: the shared facts of a platform.
//!
//! These types are the words in which components speak; none of them names a component.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{
    diagnostics::{Diagnostic, codes},
    document::{Node, OriginId, Origins, Sourced},
    engines::Chosen,
    kubernetes::{CpuQuantity, Identity, LabelValue, Memory, NamespaceName},
    manifests::{BatchScheduler, Peer, PodPlan, PodSettings, Pods, Port},
    spark::SparkVersion,
    spark::{Conf, OperatorVersion},
    spec::{NamedFile, Unread, unknown_name},
    values::{Labels, MavenCoordinates, SocketAddress, Taint},
};

use super::{
    Build,
    reference::{ImageRef, QueueRef},
};

/// Everything that the components of one spec offer.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    /// The files that the spec names, by the origin of the value that names them.
    pub files: BTreeMap<OriginId, Vec<NamedFile>>,
    /// The parts of the spec that could not be read: what they would have offered is not here, and
    /// that it is not here means nothing.
    pub unread: Unread,
    /// The cluster that the platform runs on.
    pub cluster: Option<Cluster>,
    /// What holds of manifests that say nothing else.
    pub assumed: Assumed,
    /// How the compiled tree reaches the cluster.
    pub delivery: Option<Delivery>,
    /// Namespaces by name.
    pub namespaces: BTreeMap<String, Namespace>,
    /// Container images by their name in the spec.
    pub images: BTreeMap<String, Image>,
    /// Secrets by their name in the spec.
    pub secrets: BTreeMap<String, Secret>,
    /// Who Spark is to a cloud, by its name in the spec.
    pub identities: BTreeMap<String, CloudIdentity>,
    /// Where Spark's data lies.
    pub object_store: Option<ObjectStore>,
    /// Catalogs of tables by their name in the spec.
    pub catalogs: BTreeMap<String, Catalog>,
    /// Where Spark's event logs go.
    pub event_log: Option<EventLog>,
    /// Airflow.
    pub airflow: Option<Airflow>,
    /// The queues of batch schedulers, by their name in the spec.
    pub queues: BTreeMap<String, Queue>,
    /// The Spark operator.
    pub operator: Option<Operator>,
    /// A notebook.
    pub notebook: Option<Notebook>,
    /// What somebody accepts.
    pub waivers: Vec<Waiver>,
    /// The properties of each application that decide what its driver calls. Applications share a
    /// ServiceAccount in each namespace.
    pub applications: Vec<Conf>,
    /// How Prometheus collects metrics.
    pub metrics: Option<Metrics>,
    /// The pods that serve metrics, once there is somebody who collects them.
    pub scraped: Vec<Scraped>,
    /// The routes from outside, by the name in `flows` of where they lead.
    pub routes: BTreeMap<String, Vec<Route>>,
    /// Things that traffic can be directed to, by their name in `flows`.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// The pods of the parts that traffic can come from, by their name in `flows`: drivers and their
    /// executors alike.
    pub senders: BTreeMap<String, Vec<Pods>>,
}

/// The pod of a notebook, which no object of kiln's leads to: a hub makes it.
#[derive(Clone, Debug)]
pub struct Notebook {
    /// Its namespace.
    pub namespace: String,
    /// The `ConfigMap` that it mounts.
    pub config_map: String,
    /// What its container asks for, as a container says it.
    pub container: Node,
    /// What else the spec says of it.
    pub plan: PodPlan,
}

/// What somebody knows of manifests that do not say it.
#[derive(Clone, Debug, Default)]
pub struct Assumed {
    /// The release of Spark.
    pub spark: Option<SparkVersion>,
    /// The minor version of Kubernetes: 34 is 1.34.
    pub kubernetes_minor: Option<u16>,
}

/// The cluster's fixed facts.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name.
    pub name: Sourced<String>,
    /// The Kubernetes minor version, such as `1.34`.
    pub kubernetes: Sourced<String>,
    /// The DNS domain, such as `cluster.local`.
    pub domain: Sourced<String>,
    /// The API server.
    pub api_server: ApiServer,
    /// The pods that answer DNS.
    pub dns: Peer,
    /// The kinds of nodes, as far as they are declared.
    pub node_pools: Vec<NodePool>,
}

impl Cluster {
    fn unknown() -> Self {
        let text = |it: &str| Sourced::constant(it.to_owned());
        Self {
            name: text("unknown"),
            kubernetes: text("latest"),
            domain: text("cluster.local"),
            api_server: ApiServer {
                endpoints: Vec::new(),
                service: None,
            },
            dns: Peer::Anywhere,
            node_pools: Vec::new(),
        }
    }
}

/// Nodes of one kind.
#[derive(Clone, Debug)]
pub struct NodePool {
    /// The name in the spec.
    pub name: String,
    /// How many there are.
    pub nodes: Sourced<u32>,
    /// The cores of one that pods can have.
    pub cpu: Sourced<CpuQuantity>,
    /// The memory of one that pods can have.
    pub memory: Sourced<Memory>,
    /// Labels that its nodes carry, as far as they are declared.
    pub labels: Labels,
    /// The taints of its nodes.
    pub taints: Vec<Sourced<Taint>>,
    /// The zones that its nodes are in, as far as they are declared.
    pub zones: Vec<Sourced<LabelValue>>,
    /// Whether the cloud takes its nodes back at short notice.
    pub spot: Sourced<bool>,
    /// The GPUs of one node.
    pub gpus: Sourced<u32>,
}

/// How the compiled tree reaches the cluster.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The engine that syncs it.
    pub engine: Chosen,
    /// The URL of the repository.
    pub repository: Sourced<String>,
    /// The branch.
    pub revision: Sourced<String>,
    /// The folder of the repository that holds `out`, empty for its root.
    pub folder: Sourced<String>,
    /// The table that states it.
    pub origins: Origins,
}

/// Where the API server is.
#[derive(Clone, Debug)]
pub struct ApiServer {
    /// The addresses and ports behind its Service, as NetworkPolicies evaluate them after translation.
    pub endpoints: Vec<Sourced<SocketAddress>>,
    /// The Service's own address, for networks that evaluate before translation.
    pub service: Option<Sourced<SocketAddress>>,
}

/// A namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// Its name.
    pub name: Sourced<NamespaceName>,
    /// Whether kiln makes it.
    pub created: bool,
    /// Whether it forbids what no policy allows, where that is said.
    pub default_deny: Option<bool>,
}

impl Namespace {
    /// Whether it forbids what no policy allows, also to pods that kiln does not know.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.default_deny.unwrap_or(self.created)
    }
}

/// A container image and what is declared to be inside.
#[derive(Clone, Debug)]
pub struct Image {
    /// The reference, with tag and digest.
    pub reference: Sourced<String>,
    /// When to pull: `IfNotPresent`, `Always` or `Never`.
    pub pull_policy: Sourced<String>,
    /// The Secret that the registry asks for.
    pub pull_secret: Option<Sourced<String>>,
    /// The user that its processes run as, numeric because `restricted` wants proof of non-root.
    pub user: Sourced<u32>,
    /// The Spark inside, when there is one.
    pub spark: Option<Sourced<SparkVersion>>,
    /// The minor version of Python inside, when there is one.
    pub python: Option<Sourced<String>>,
    /// The release of Java inside, when it is declared.
    pub java: Option<Sourced<u32>>,
    /// Whether Spark's script that decommissions executors is inside, when it is declared.
    pub decommission_script: Option<Sourced<bool>>,
    /// The Maven coordinates of the jars beyond Spark's own.
    pub jars: Vec<Sourced<MavenCoordinates>>,
    /// The table that declares it.
    pub origins: Origins,
}

impl Image {
    /// The same image, which something else chose.
    fn chosen_by(self, origins: &Origins) -> Self {
        Self {
            reference: self.reference.chosen_by(origins),
            pull_policy: self.pull_policy.chosen_by(origins),
            pull_secret: self.pull_secret.map(|it| it.chosen_by(origins)),
            user: self.user.chosen_by(origins),
            spark: self.spark.map(|it| it.chosen_by(origins)),
            ..self
        }
    }
}

/// A Secret, never its values.
#[derive(Clone, Debug)]
pub struct Secret {
    /// The name of the Secret object.
    pub name: Sourced<String>,
    /// The namespaces that hold it.
    pub namespaces: Vec<Sourced<String>>,
    /// Its keys.
    pub keys: Vec<Sourced<String>>,
    /// What rolls its readers when only the content changed.
    pub revision: Option<Sourced<String>>,
}

/// Who Spark is to a cloud.
#[derive(Clone, Debug)]
pub struct CloudIdentity {
    /// How the cloud knows pods.
    pub kind: Sourced<IdentityKind>,
    /// The blocks of addresses at which tokens are exchanged; empty for public ones.
    pub addresses: Vec<Sourced<String>>,
}

/// How a cloud knows pods.
#[derive(Clone, Debug)]
pub enum IdentityKind {
    /// By the role that their ServiceAccount names.
    AwsIrsa {
        /// The role's ARN.
        role: Sourced<String>,
        /// For whom tokens are made, when not for `sts.amazonaws.com`.
        audience: Option<Sourced<String>>,
        /// Whether they are exchanged in the region of the cluster.
        is_regional: Sourced<bool>,
    },
    /// By what EKS keeps of their ServiceAccount.
    AwsPodIdentity,
    /// By their ServiceAccount, or the one of Google Cloud that it becomes.
    Gke {
        /// The address of that one.
        service_account: Option<Sourced<String>>,
    },
    /// By the client that their ServiceAccount names.
    Azure {
        /// The client's identifier.
        client: Sourced<String>,
        /// The tenant's, when it is not that of the cluster.
        tenant: Option<Sourced<String>>,
    },
}

impl IdentityKind {
    /// What a spec calls it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AwsIrsa { .. } => "aws-irsa",
            Self::AwsPodIdentity => "aws-pod-identity",
            Self::Gke { .. } => "gke",
            Self::Azure { .. } => "azure",
        }
    }
}

/// An object store with its buckets.
#[derive(Clone, Debug)]
pub struct ObjectStore {
    /// Whether somebody else runs it.
    pub is_external: bool,
    /// What it speaks.
    pub api: StoreApi,
    /// How Spark proves who it is.
    pub access: Sourced<Access>,
    /// The buckets.
    pub buckets: Vec<Sourced<String>>,
    /// Where its traffic goes.
    pub peer: Peer,
    /// The port of its API.
    pub port: Port,
}

/// What an object store speaks.
#[derive(Clone, Debug)]
pub enum StoreApi {
    /// S3.
    S3(S3),
    /// Google Cloud Storage.
    Google,
    /// Azure Data Lake Storage, of a storage account.
    Azure {
        /// The account.
        account: Sourced<String>,
    },
}

/// An S3 API.
#[derive(Clone, Debug)]
pub struct S3 {
    /// The full URL, such as `http://minio.storage.svc.cluster.local:9000`.
    pub endpoint: Sourced<String>,
    /// Whether it speaks TLS.
    pub tls: Sourced<bool>,
    /// The region that requests are signed for.
    pub region: Sourced<String>,
    /// Whether the bucket is part of the path rather than of the host.
    pub path_style: Sourced<bool>,
    /// The key of AWS KMS by which it encrypts what Spark writes, when Spark asks for one.
    pub kms_key: Option<Sourced<String>>,
}

/// How Spark proves to an object store who it is.
#[derive(Clone, Debug)]
pub enum Access {
    /// By an access key and a secret key.
    Keys(AccessKeys),
    /// By who its pods are to the cloud: an identity, by its name in the spec.
    Identity(Sourced<String>),
    /// Not at all.
    Anonymous,
    /// By the node that it runs on.
    Node,
}

/// An access key and a secret key, in a Secret.
#[derive(Clone, Debug)]
pub struct AccessKeys {
    /// The Secret, by its name in the spec.
    pub secret: Sourced<String>,
    /// Its key with the access key.
    pub access_key: Sourced<String>,
    /// Its key with the secret key.
    pub secret_key: Sourced<String>,
}

impl ObjectStore {
    /// The Secret with Spark's keys, where it has any.
    #[must_use]
    pub fn keys(&self) -> Option<&AccessKeys> {
        match &*self.access {
            Access::Keys(keys) => Some(keys),
            Access::Identity(_) | Access::Anonymous | Access::Node => None,
        }
    }

    /// A folder of a bucket as Spark names it.
    #[must_use]
    pub fn url(&self, bucket: &Sourced<String>, path: &Sourced<String>) -> Sourced<String> {
        match &self.api {
            StoreApi::S3(_) => bucket.with(path, |bucket, path| format!("s3a://{bucket}/{path}")),
            StoreApi::Google => bucket.with(path, |bucket, path| format!("gs://{bucket}/{path}")),
            StoreApi::Azure { account } => {
                let container = bucket.with(account, |bucket, account| {
                    format!("abfss://{bucket}@{account}.dfs.core.windows.net")
                });
                container.with(path, |container, path| format!("{container}/{path}"))
            }
        }
    }

    /// What a spec calls its kind, where somebody else runs it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self.api {
            StoreApi::S3(_) => "external",
            StoreApi::Google => "gs",
            StoreApi::Azure { .. } => "abfss",
        }
    }

    /// Where it is, for people.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.api {
            StoreApi::S3(s3) => s3.endpoint.value.clone(),
            StoreApi::Google => "https://storage.googleapis.com".to_owned(),
            StoreApi::Azure { account } => format!("https://{}.dfs.core.windows.net", **account),
        }
    }
}

/// A catalog of tables.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// Its name, also to Spark.
    pub name: String,
    /// What it is.
    pub kind: Sourced<CatalogKind>,
    /// The release of the jars that it needs, when somebody states one.
    pub version: Option<Sourced<String>>,
    /// Where its traffic goes, and on which port; none when it is not a server.
    pub reach: Option<(Peer, Port)>,
}

/// What a catalog is.
#[derive(Clone, Debug)]
pub enum CatalogKind {
    /// A catalog of Iceberg with a REST API.
    IcebergRest {
        /// The URL of the API.
        url: Sourced<String>,
        /// The warehouse in it.
        warehouse: Option<Sourced<String>>,
        /// What Spark logs in with.
        credential: Option<SecretKey>,
        /// What Spark asks to be allowed.
        scope: Option<Sourced<String>>,
        /// Where tokens are asked for, when not of the catalog itself.
        token_url: Option<Sourced<String>>,
        /// Whether it hands out credentials for each table.
        is_vended: Sourced<bool>,
    },
    /// Glue, with tables of Iceberg.
    Glue {
        /// Where new databases lie.
        location: Sourced<String>,
    },
    /// A metastore of Hive, with tables of Iceberg.
    IcebergHive(Metastore),
    /// A metastore of Hive, with all that Spark itself knows.
    Hive(Metastore),
    /// Delta.
    Delta,
}

/// A metastore of Hive.
#[derive(Clone, Debug)]
pub struct Metastore {
    /// The URL of its Thrift API.
    pub url: Sourced<String>,
    /// Its version, when somebody states it.
    pub version: Option<Sourced<String>>,
    /// Where new databases lie, when it does not say.
    pub directory: Option<Sourced<String>>,
}

/// A key of a Secret.
#[derive(Clone, Debug)]
pub struct SecretKey {
    /// The Secret, by its name in the spec.
    pub secret: Sourced<String>,
    /// Its key.
    pub key: Sourced<String>,
}

/// Where Spark's event logs go.
#[derive(Clone, Debug)]
pub struct EventLog {
    /// The bucket.
    pub bucket: Sourced<String>,
    /// The path in the bucket, without slashes around it, never empty: Spark 3.5 cannot write to the
    /// root of a bucket (`path must be absolute`).
    pub prefix: Sourced<String>,
    /// The table that states it.
    pub origins: Origins,
}

/// The Spark operator.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Its version.
    pub version: Sourced<OperatorVersion>,
    /// Where it runs.
    pub namespace: Sourced<String>,
    /// The namespaces that it watches.
    pub job_namespaces: Vec<Sourced<String>>,
    /// Whether somebody else runs it.
    pub is_existing: bool,
    /// The pods of applications, which are the same in every job namespace.
    pub pods: ApplicationPods,
}

/// A queue of a batch scheduler.
#[derive(Clone, Debug)]
pub struct Queue {
    /// The scheduler.
    pub scheduler: Sourced<BatchScheduler>,
    /// What the scheduler calls it.
    pub name: Sourced<String>,
}

/// What the pods of Spark applications are called and run as.
#[derive(Clone, Debug)]
pub struct ApplicationPods {
    /// The workload of the drivers.
    pub driver: &'static str,
    /// The workload of the executors.
    pub executor: &'static str,
    /// The ServiceAccount of the drivers.
    pub driver_account: Sourced<String>,
    /// The ServiceAccount of the executors.
    pub executor_account: Sourced<String>,
}

/// Airflow, which runs elsewhere.
#[derive(Clone, Debug)]
pub struct Airflow {
    /// Its namespace.
    pub namespace: Sourced<String>,
    /// The ServiceAccount of its workers.
    pub service_account: Sourced<String>,
}

/// How Prometheus collects metrics.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Whether it finds pods by their annotations.
    pub by_annotations: Sourced<bool>,
    /// The table that states it.
    pub origins: Origins,
}

/// Pods that serve metrics.
#[derive(Clone, Debug)]
pub struct Scraped {
    /// What they are called.
    pub name: String,
    /// The pods.
    pub pods: Pods,
    /// Where they serve them.
    pub source: MetricsSource,
    /// The table of these pods.
    pub origins: Origins,
}

/// Where the pods of a program serve their metrics.
#[derive(Clone, Copy, Debug)]
pub struct MetricsSource {
    /// The name of the container's port.
    pub port_name: &'static str,
    /// Its number.
    pub port: u16,
    /// The paths, of which the first one is about the pod itself.
    pub paths: &'static [&'static str],
}

/// Something that traffic can be directed to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The pods.
    pub peer: Peer,
    /// Their ports.
    pub ports: Vec<Port>,
    /// The Service in front of them, where a route may lead to it.
    pub service: Option<Service>,
}

/// A Service that a route may lead to; its namespace is that of the pods.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: Sourced<String>,
    /// Its port, which is that of the pods too.
    pub port: u16,
    /// What is spoken there.
    pub protocol: Protocol,
}

/// What a Service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP, of a web interface.
    Web,
    /// gRPC, which is HTTP/2 and has no paths of its own to choose.
    Grpc,
}

/// A way from outside of the cluster.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its host.
    pub host: Sourced<String>,
    /// Whether it speaks TLS.
    pub tls: Sourced<bool>,
    /// The table that states it.
    pub origins: Origins,
}

impl Route {
    /// How browsers write its host.
    #[must_use]
    pub fn url(&self) -> Sourced<String> {
        self.host.with(&self.tls, |host, tls| {
            let scheme = if *tls { "https" } else { "http" };
            format!("{scheme}://{host}")
        })
    }
}

/// A finding of the catalogue that somebody accepts.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// Its name in the spec.
    pub name: Sourced<String>,
    /// The name of the check.
    pub check: Sourced<String>,
    /// The object.
    pub object: Sourced<Identity>,
    /// Why it is accepted.
    pub reason: Sourced<String>,
    /// The last day, as `2026-12-31`.
    pub expires: Sourced<String>,
}

impl Offers {
    /// The cluster. The schema demands its table; where that could not be read, a cluster of which
    /// nothing is known stands in, so that the rest can be checked.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        static UNKNOWN: LazyLock<Cluster> = LazyLock::new(Cluster::unknown);
        self.cluster.as_ref().unwrap_or_else(|| &UNKNOWN)
    }

    /// An image of the spec, chosen by its name there; the name was resolved with the schema.
    #[must_use]
    pub fn image(&self, name: &Sourced<ImageRef>) -> Image {
        let image = self
            .images
            .get(name.as_str())
            .expect("references to images were resolved before components build");
        image.clone().chosen_by(&name.origins)
    }

    /// What pods say that run from an image.
    #[must_use]
    pub fn pod_settings(&self, image: &Image) -> PodSettings {
        let pull_secret = image.pull_secret.as_ref().map(|secret| {
            let name = &self.secret(secret).name;
            name.clone().with_origin(&secret.origins)
        });
        PodSettings {
            image: image.reference.clone(),
            pull_policy: image.pull_policy.clone(),
            pull_secret,
            user: image.user.clone(),
            plan: PodPlan::default(),
            executors: PodPlan::default(),
        }
    }

    /// A queue of the spec, chosen by its name there; the name was resolved with the schema.
    #[must_use]
    pub fn queue(&self, name: Option<&Sourced<QueueRef>>) -> Option<Queue> {
        let name = name?;
        let queue = self
            .queues
            .get(name.as_str())
            .expect("references to queues were resolved before components build");
        Some(Queue {
            scheduler: queue.scheduler.clone().chosen_by(&name.origins),
            name: queue.name.clone().with_origin(&name.origins),
        })
    }

    /// The first queue of the spec that the operator has to know of: of a scheduler that schedules by itself.
    #[must_use]
    pub fn operator_queue(&self, scheduler: Option<BatchScheduler>) -> Option<&Queue> {
        let mut queues = self.queues.values();
        queues.find(|it| match scheduler {
            Some(scheduler) => *it.scheduler == scheduler,
            None => *it.scheduler != BatchScheduler::Kueue,
        })
    }

    /// What the spec says of pods, with the annotations by which Prometheus finds their metrics, where it goes by
    /// those (<https://github.com/prometheus-community/helm-charts/blob/main/charts/prometheus/README.md>,
    /// "Scraping Pod Metrics via Annotations").
    #[must_use]
    pub fn with_metrics(&self, mut plan: PodPlan, source: MetricsSource) -> PodPlan {
        let by_annotations = self.metrics.as_ref().map(|it| &it.by_annotations);
        if let Some(chosen) = by_annotations.filter(|it| ***it) {
            let texts = [
                ("prometheus.io/scrape", "true".to_owned()),
                ("prometheus.io/port", source.port.to_string()),
                ("prometheus.io/path", source.paths[0].to_owned()),
            ];
            for (key, text) in texts {
                let key = key.parse().expect("it is an annotation's key");
                let value = Sourced::new(text, chosen.origins.clone());
                plan.options.annotations.set_default(key, value);
            }
        }
        plan
    }

    /// Who Spark is to the cloud whose object store it uses.
    #[must_use]
    pub fn storage_identity(&self) -> Option<CloudIdentity> {
        let store = self.object_store.as_ref()?;
        let Access::Identity(name) = &*store.access else {
            return None;
        };
        let identity = self.identities.get(name.as_str()).cloned()?;
        Some(CloudIdentity {
            kind: identity
                .kind
                .chosen_by(&name.origins)
                .chosen_by(&store.access.origins),
            ..identity
        })
    }

    /// A Secret of the spec; its name was resolved with the schema.
    #[must_use]
    pub fn secret(&self, name: &str) -> &Secret {
        self.secrets
            .get(name)
            .expect("references to secrets were resolved before components build")
    }

    /// A namespace of the spec, or an error at the place that asks.
    ///
    /// Most settings are references that are resolved with the schema. This is for those that name
    /// a namespace of the spec or another, as a neighbouring key says.
    pub fn need_namespace(
        &self,
        name: &Sourced<NamespaceName>,
        out: &mut Build<'_>,
    ) -> Option<&Namespace> {
        let text = name.as_str();
        if let Some(namespace) = self.namespaces.get(text) {
            return Some(namespace);
        }
        if self.unread.may_have("namespaces", text) {
            return None;
        }
        let known: Vec<_> = self.namespaces.keys().map(String::as_str).collect();
        out.report(unknown_name("namespaces", text, &known, &name.origins));
        None
    }

    /// Says that others' pods run in a namespace. Whether it is closed to them is for the spec to decide,
    /// because nobody here knows what they need.
    pub fn others_run_in(
        &self,
        namespace: &str,
        who: &str,
        origins: &Origins,
        out: &mut Build<'_>,
    ) {
        let namespace = self.namespaces.get(namespace);
        let undecided = namespace.filter(|it| it.is_closed() && it.default_deny.is_none());
        let Some(Namespace { name, .. }) = undecided else {
            return;
        };
        let title = format!("the namespace `{}` would cut off {who}", **name);
        out.report(
            Diagnostic::error(codes::CONFLICT, title)
                .at_value(origins, format!("{who} runs there, and kiln knows none of its traffic"))
                .at_key(&name.origins, "kiln makes it, closed to all traffic that no policy allows")
                .hint(format!(
                    "write `default-deny = false` there; or `true`, where {who} brings policies of its own"
                )),
        );
    }

    /// The object store, or an error at the place that asks.
    pub fn need_object_store(
        &self,
        why: &str,
        origins: &Origins,
        out: &mut Build<'_>,
    ) -> Option<&ObjectStore> {
        need(
            self.object_store.as_ref(),
            &self.unread,
            "object-store",
            "add the table `[object-store]`",
            why,
            origins,
            out,
        )
    }

    /// The operator, or an error at the place that asks.
    pub fn need_operator(
        &self,
        why: &str,
        origins: &Origins,
        out: &mut Build<'_>,
    ) -> Option<&Operator> {
        need(
            self.operator.as_ref(),
            &self.unread,
            "operator",
            // Most clusters have one already, run by another environment or by Helm.
            "add the table `[operator]`, with `source = \"existing\"` when somebody else runs it on this cluster",
            why,
            origins,
            out,
        )
    }

    /// Airflow, or an error at the place that asks.
    pub fn need_airflow(
        &self,
        why: &str,
        origins: &Origins,
        out: &mut Build<'_>,
    ) -> Option<&Airflow> {
        need(
            self.airflow.as_ref(),
            &self.unread,
            "airflow",
            "add the table `[airflow]`",
            why,
            origins,
            out,
        )
    }
}

fn need<'a, T>(
    offer: Option<&'a T>,
    unread: &Unread,
    table: &str,
    hint: &str,
    why: &str,
    origins: &Origins,
    out: &mut Build<'_>,
) -> Option<&'a T> {
    if offer.is_none() && !unread.has_any(table) {
        out.report(
            Diagnostic::error(
                codes::MISSING_OFFER,
                format!("{why}, and the spec has none"),
            )
            .at_key(origins, "this asks for it")
            .hint(hint),
        );
    }
    offer
}
