//! MinIO: one server, its Services, and the Job that makes buckets and Spark's user.

use super::{Keys, MinioSettings, Settings};
use crate::{
    components::{Build, Entry, Offers, offers::MetricsSource},
    document::{Node, Sourced},
    kubernetes::Identity,
    manifests::{Flow, Layer, Peer, Pods, Port, Prerequisite, pods_of},
    ports,
    render::{Context, Template, template},
};

const STATEFUL_SET: Template =
    template!("components/object_store/templates/minio-stateful-set.yaml.hbs");
const SERVICE: Template = template!("components/object_store/templates/minio-service.yaml.hbs");
const HEADLESS: Template =
    template!("components/object_store/templates/minio-headless-service.yaml.hbs");
const SERVICE_ACCOUNT: Template =
    template!("components/object_store/templates/minio-service-account.yaml.hbs");
const SCRIPTS: Template =
    template!("components/object_store/templates/buckets-config-map.yaml.hbs");
const JOB: Template = template!("components/object_store/templates/buckets-job.yaml.hbs");

/// Where the server serves metrics
/// (<https://github.com/minio/minio/blob/master/docs/metrics/prometheus/README.md>).
pub const METRICS: MetricsSource = MetricsSource {
    port_name: "api",
    port: ports::MINIO,
    paths: &["/minio/v2/metrics/cluster"],
};

/// The server's pods.
pub fn pods(minio: &MinioSettings) -> Pods {
    pods_of(&minio.namespace.text(), "minio")
}

fn job_pods(minio: &MinioSettings) -> Pods {
    pods_of(&minio.namespace.text(), "minio-buckets")
}

pub fn build(
    minio: &MinioSettings,
    keys: &Keys,
    entry: &Entry<Settings>,
    offers: &Offers,
    out: &mut Build<'_>,
) {
    let origins = &entry.origins;
    let settings = &entry.settings;
    let image = offers.image(&minio.image);
    let chosen_by = &minio.root_credentials.origins;
    let root = offers.secret(minio.root_credentials.as_str());
    let common = Context::new()
        .value("namespace", minio.namespace.text())
        .value("root_secret", root.name.clone().chosen_by(chosen_by))
        .value("root_user", &minio.root_user)
        .value("root_password", &minio.root_password);
    let by_metrics = offers.metrics.as_ref().map(|it| it.origins.clone());
    let by_metrics = by_metrics.unwrap_or_default();
    let server = common
        .clone()
        .value("cpu", &minio.cpu)
        .value("memory", &minio.memory)
        .value("storage", &minio.storage)
        .choice("has_metrics", offers.metrics.is_some(), &by_metrics)
        .optional(
            "storage_class",
            minio.storage_class.as_ref().map(Sourced::text),
        );
    out.object(Layer::Storage, SERVICE_ACCOUNT, origins, &server);
    let plan = offers.with_metrics(minio.plan(), METRICS);
    let from_image = offers.pod_settings(&image).plan(plan);
    out.object(Layer::Storage, STATEFUL_SET, origins, &server)
        .pods(from_image);
    out.object(Layer::Storage, SERVICE, origins, &server);
    out.object(Layer::Storage, HEADLESS, origins, &server);
    out.workload("minio", pods(minio), origins);
    if let Some(class) = &minio.storage_class {
        out.prerequisite(Prerequisite {
            object: Identity::of_cluster("storage.k8s.io", "StorageClass", class.as_str()),
            keys: Vec::new(),
            why: "it stores MinIO's volume".to_owned(),
            origins: class.origins.clone(),
        });
    }

    let scripts = common.clone().value("resources", resources(settings));
    out.object(Layer::Storage, SCRIPTS, origins, &scripts);
    let spark = offers.secret(keys.credentials.as_str());
    let log = offers.event_log.as_ref();
    let log = log.map(|log| {
        log.bucket
            .with(&log.prefix, |bucket, prefix| format!("{bucket}/{prefix}"))
    });
    let job = common
        .value("buckets", joined(settings, " ", str::to_owned))
        .value("event_log", log.map_or_else(|| Node::from(""), Node::from))
        .value(
            "spark_secret",
            spark.name.clone().chosen_by(&keys.credentials.origins),
        )
        .value("access_key", &keys.access_key)
        .value("secret_key", &keys.secret_key);
    // A Job cannot be changed once it exists, so its name follows what it does; what its Secrets hold, too.
    let revisions = [&root.revision, &spark.revision].into_iter().flatten();
    let depends_on = revisions.map(Node::from).collect();
    let from_image = offers
        .pod_settings(&offers.image(&minio.client_image))
        .plan(minio.plan());
    out.object(Layer::Storage, JOB, origins, &job)
        .pods(from_image)
        .named_by_content(depends_on);
    out.workload("minio-buckets", job_pods(minio), origins);
    out.manifests.flows.push(Flow {
        from: Peer::Pods(job_pods(minio)),
        to: Peer::Pods(pods(minio)),
        ports: vec![Port::tcp(ports::MINIO)],
        origins: origins.clone(),
    });
}

/// The names of the buckets and of everything in them, for a policy.
fn resources(settings: &Settings) -> Node {
    joined(settings, ", ", |bucket| {
        format!("\"arn:aws:s3:::{bucket}\", \"arn:aws:s3:::{bucket}/*\"")
    })
}

/// A text that names every bucket.
fn joined(settings: &Settings, separator: &str, write: impl Fn(&str) -> String) -> Node {
    let names: Vec<_> = settings
        .buckets
        .iter()
        .map(|it| write(it.as_str()))
        .collect();
    let mut node = Node::from(names.join(separator));
    for bucket in &settings.buckets {
        node.origins.extend(&bucket.origins);
    }
    node
}
