//! `[object-store]`: the S3 API that Spark reads and writes, external or as MinIO.

mod minio;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Build, Component, Entry, Offers, Shape, offers,
    reference::{ImageRef, NamespaceRef, SecretRef},
};
use crate::{
    document::Sourced,
    kubernetes::{ConfigKey, CpuQuantity, Memory, SubdomainName},
    manifests::{NodePools, Peer, PodOptions, PodPlan, Port},
    ports,
    values::{AddressBlock, BucketName, Endpoint},
};

/// The object store. Endpoint, region, path style, TLS and credentials reach every consumer from here.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Whether kiln runs the store (`minio`) or somebody else does (`external`).
    kind: Sourced<Kind>,
    /// The Secret with Spark's credentials. They reach Spark as environment variables of the driver
    /// alone; Spark hands them to its executors.
    credentials: Sourced<SecretRef>,
    /// The key of that Secret with the access key.
    #[serde(default = "default_access_key")]
    access_key: Sourced<ConfigKey>,
    /// The key of that Secret with the secret key.
    #[serde(default = "default_secret_key")]
    secret_key: Sourced<ConfigKey>,
    /// The buckets that the platform uses. MinIO gets them made; elsewhere they must exist.
    #[schemars(
        length(min = 1),
        extend("uniqueItems" = true),
        example = ["spark-logs", "warehouse"]
    )]
    buckets: Vec<Sourced<BucketName>>,
    /// The region that requests are signed for. It must not be empty, whatever the store makes of it.
    #[serde(default = "default_region")]
    #[schemars(
        regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
        example = "eu-central-1"
    )]
    region: Sourced<String>,
    /// Whether the bucket is part of the path (`http://host/bucket`) and not of the host. Only Amazon
    /// wants `false`: elsewhere Spark would look for a host named `bucket.host`.
    #[serde(default = "default_path_style")]
    path_style: Sourced<bool>,
}

/// Who runs the store.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(inline)]
enum Kind {
    /// Somebody else runs it.
    External {
        /// The full URL. Without its scheme Spark would speak TLS to a plain port.
        endpoint: Sourced<Endpoint>,
        /// The blocks of addresses that the endpoint resolves to. NetworkPolicies know no
        /// host names; without this they allow any address on the endpoint's port.
        #[serde(default)]
        #[schemars(example = ["192.0.2.0/24"])]
        addresses: Vec<Sourced<AddressBlock>>,
    },
    /// MinIO, which kiln runs.
    Minio {
        /// How it runs.
        minio: Box<MinioSettings>,
    },
}

/// A MinIO server of the platform's own: one replica with one volume.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MinioSettings {
    /// Where it runs.
    namespace: Sourced<NamespaceRef>,
    /// The image of the server. MinIO publishes no images any more: mirror or build one.
    image: Sourced<ImageRef>,
    /// The image of the client `mc`, which makes buckets and Spark's user.
    client_image: Sourced<ImageRef>,
    /// The size of the volume.
    storage: Sourced<Memory>,
    /// The storage class of the volume; the cluster's default when absent.
    storage_class: Option<Sourced<SubdomainName>>,
    /// The Secret with the administrator's credentials, which Spark never sees.
    root_credentials: Sourced<SecretRef>,
    /// The key of that Secret with the user's name.
    #[serde(default = "default_root_user")]
    root_user: Sourced<ConfigKey>,
    /// The key of that Secret with the password.
    #[serde(default = "default_root_password")]
    root_password: Sourced<ConfigKey>,
    /// The cores that it requests.
    #[serde(default = "default_cpu")]
    cpu: Sourced<CpuQuantity>,
    /// The memory that it requests and may use.
    #[serde(default = "default_memory")]
    memory: Sourced<Memory>,
    /// The pools of nodes that it may run on, and the Job that makes the buckets: an entry of
    /// `cluster.node-pools`, or several.
    #[serde(default, skip_serializing_if = "NodePools::is_empty")]
    node_pool: NodePools,
    /// What its pod, and that of the Job that makes the buckets, say beside what kiln does.
    #[serde(default)]
    pod: PodOptions,
}

impl MinioSettings {
    /// All that is said of its pods.
    fn plan(&self) -> PodPlan {
        PodPlan::new(&self.node_pool, &self.pod)
    }
}

macro_rules! key_default {
    ($($function:ident = $key:literal;)*) => {
        $(fn $function() -> Sourced<ConfigKey> {
            Sourced::constant($key.parse().expect("upper-case letters and `_` are a key"))
        })*
    };
}

key_default! {
    default_access_key = "AWS_ACCESS_KEY_ID";
    default_secret_key = "AWS_SECRET_ACCESS_KEY";
    default_root_user = "MINIO_ROOT_USER";
    default_root_password = "MINIO_ROOT_PASSWORD";
}

fn default_region() -> Sourced<String> {
    Sourced::constant("us-east-1".to_owned())
}

const fn default_path_style() -> Sourced<bool> {
    Sourced::constant(true)
}

fn default_cpu() -> Sourced<CpuQuantity> {
    Sourced::constant("250m".parse().expect("250m is an amount of cores"))
}

fn default_memory() -> Sourced<Memory> {
    Sourced::constant("1Gi".parse().expect("1Gi is an amount of memory"))
}

/// The component.
pub struct ObjectStore;

impl Component for ObjectStore {
    type Settings = Settings;
    const TABLE: &'static str = "object-store";
    const SHAPE: Shape = Shape::Optional;
    const ABOUT: &'static str = "The S3 API that Spark reads and writes.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        let (endpoint, tls, port, peer) = match &*settings.kind {
            Kind::Minio { minio } => (
                minio.namespace.map(|namespace| {
                    // The cluster's domain is left out: pods find Services by this name on any domain.
                    format!("http://minio.{namespace}.svc:{}", ports::MINIO)
                }),
                settings.kind.map(|_| false),
                Port::tcp(ports::MINIO),
                Peer::Pods(minio::pods(minio)),
            ),
            Kind::External {
                endpoint,
                addresses,
            } => (
                endpoint.map(ToString::to_string),
                endpoint.map(Endpoint::is_tls),
                Port {
                    first: endpoint.map(Endpoint::port),
                    ..Port::tcp(443)
                },
                Peer::blocks(addresses.iter().map(|it| it.map(ToString::to_string))),
            ),
        };
        offers.endpoints.insert(
            "object-store".to_owned(),
            offers::Endpoint {
                peer: peer.clone(),
                ports: vec![port.clone()],
                service: None,
            },
        );
        if let Kind::Minio { minio } = &*settings.kind {
            offers.scraped.push(offers::Scraped {
                name: "minio".to_owned(),
                pods: minio::pods(minio),
                source: minio::METRICS,
                origins: entry.origins.clone().chosen_by(&settings.kind.origins),
            });
        }
        offers.object_store = Some(offers::ObjectStore {
            is_external: matches!(*settings.kind, Kind::External { .. }),
            endpoint,
            tls,
            region: settings.region.clone(),
            path_style: settings.path_style.clone(),
            credentials: settings.credentials.map(ToString::to_string),
            access_key: settings.access_key.map(ToString::to_string),
            secret_key: settings.secret_key.map(ToString::to_string),
            buckets: settings
                .buckets
                .iter()
                .map(|it| it.map(ToString::to_string))
                .collect(),
            peer,
            port,
        });
    }

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        if let Kind::Minio { minio } = &*entry.settings.kind {
            minio::build(minio, entry, offers, out);
        }
    }
}
