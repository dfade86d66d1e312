//! `[object-store]`: where Spark reads and writes, in a cloud, at somebody's S3 API, or in a MinIO of kiln's.

mod minio;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Build, Component, Entry, Occurrence, Offers,
    offers::{self, IdentityKind, StoreApi},
    reference::{IdentityRef, ImageRef, NamespaceRef, SecretRef},
};
use crate::{
    diagnostics::{Diagnostic, codes},
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
    /// What the store is: any that speaks S3 and that somebody else runs (`external`), a MinIO that kiln runs
    /// (`minio`), Google Cloud Storage (`gs`), or Azure Data Lake Storage (`abfss`).
    kind: Sourced<Kind>,
    /// How Spark proves who it is: by keys in a Secret (`credentials`), by who its pods are to the cloud
    /// (`identity`), not at all (`anonymous`), or by the node that it runs on (`node-role`), whose rights every
    /// pod has then.
    #[serde(default)]
    #[schemars(extend("x-kiln-fact" = true, "default" = "credentials"))]
    access: Sourced<Access>,
    /// The buckets that the platform uses; with `kind = "abfss"`, the containers. MinIO gets them made;
    /// elsewhere they must exist.
    #[schemars(
        length(min = 1),
        extend("uniqueItems" = true),
        example = ["spark-logs", "warehouse"]
    )]
    buckets: Vec<Sourced<BucketName>>,
}

/// How Spark proves who it is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(inline)]
enum Access {
    /// By keys in a Secret.
    Credentials(Keys),
    /// By who its pods are to the cloud.
    Identity {
        /// Who they are.
        identity: Sourced<IdentityRef>,
    },
    /// Not at all: the buckets are public. They cannot be written then.
    // What is chosen where a spec says nothing stands in the schema; a type with keys of its own has no default.
    #[default]
    Anonymous,
    /// By the node that it runs on, whose rights every pod has then.
    NodeRole,
}

/// An access key and a secret key.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
pub struct Keys {
    /// The Secret with Spark's credentials. They reach Spark as environment variables of the driver
    /// alone; Spark hands them to its executors.
    credentials: Sourced<SecretRef>,
    /// The key of that Secret with the access key.
    #[serde(default = "default_access_key")]
    access_key: Sourced<ConfigKey>,
    /// The key of that Secret with the secret key.
    #[serde(default = "default_secret_key")]
    secret_key: Sourced<ConfigKey>,
}

/// What the store is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(inline)]
enum Kind {
    /// Any that speaks S3 and that somebody else runs.
    External(External, Addresses, S3),
    /// MinIO, which kiln runs.
    Minio(Minio, S3),
    /// Google Cloud Storage.
    Gs(Addresses),
    /// Azure Data Lake Storage.
    Abfss(Account, Addresses),
}

/// An S3 API that somebody else runs.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct External {
    /// The full URL. Without its scheme Spark would speak TLS to a plain port.
    endpoint: Sourced<Endpoint>,
    /// The key of AWS KMS by which the store encrypts what Spark writes, where buckets have none of their own.
    #[schemars(
        regex(pattern = r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/[A-Za-z0-9/_-]+$"),
        example = &"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )]
    kms_key: Option<Sourced<String>>,
}

/// Where a store is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Addresses {
    /// The blocks of addresses that the endpoint resolves to. NetworkPolicies know no
    /// host names; without this they allow any address on the endpoint's port.
    #[serde(default)]
    #[schemars(example = ["192.0.2.0/24"])]
    addresses: Vec<Sourced<AddressBlock>>,
}

/// MinIO of kiln's.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Minio {
    /// How it runs.
    minio: Box<MinioSettings>,
}

/// How requests of S3 are made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct S3 {
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

/// A storage account of Azure.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Account {
    /// The storage account, whose host is `ACCOUNT.dfs.core.windows.net`.
    #[schemars(regex(pattern = r"^[a-z0-9]{3,24}$"), example = &"datalake")]
    account: Sourced<String>,
}

impl Kind {
    /// What a spec calls it.
    const fn name(&self) -> &'static str {
        match self {
            Self::External(..) => "external",
            Self::Minio(..) => "minio",
            Self::Gs(_) => "gs",
            Self::Abfss(..) => "abfss",
        }
    }
}

impl Access {
    /// What a spec calls it.
    const fn name(&self) -> &'static str {
        match self {
            Self::Credentials(_) => "credentials",
            Self::Identity { .. } => "identity",
            Self::Anonymous => "anonymous",
            Self::NodeRole => "node-role",
        }
    }
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
    const SHAPE: Occurrence = Occurrence::Optional;
    const ABOUT: &'static str = "The object store that Spark reads and writes.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        let (api, peer, port) = reach(settings);
        offers.endpoints.insert(
            "object-store".to_owned(),
            offers::Endpoint {
                peer: peer.clone(),
                ports: vec![port.clone()],
                service: None,
            },
        );
        let access = settings.access.map(|access| match access {
            Access::Credentials(it) => offers::Access::Keys(offers::AccessKeys {
                secret: it.credentials.map(ToString::to_string),
                access_key: it.access_key.map(ToString::to_string),
                secret_key: it.secret_key.map(ToString::to_string),
            }),
            Access::Identity { identity } => {
                offers::Access::Identity(identity.map(ToString::to_string))
            }
            Access::Anonymous => offers::Access::Anonymous,
            Access::NodeRole => offers::Access::Node,
        });
        if let Kind::Minio(Minio { minio }, _) = &*settings.kind {
            offers.scraped.push(offers::Scraped {
                name: "minio".to_owned(),
                pods: minio::pods(minio),
                source: minio::METRICS,
                origins: entry.origins.clone().chosen_by(&settings.kind.origins),
            });
        }
        offers.object_store = Some(offers::ObjectStore {
            is_external: !matches!(*settings.kind, Kind::Minio(..)),
            api,
            access,
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
        let settings = &entry.settings;
        validate_access(settings, offers, out);
        if let (Kind::Minio(Minio { minio }, _), Access::Credentials(keys)) =
            (&*settings.kind, &*settings.access)
        {
            minio::build(minio, keys, entry, offers, out);
        }
    }
}

/// What a store speaks, and where.
fn reach(settings: &Settings) -> (StoreApi, Peer, Port) {
    let of_s3 = |endpoint, tls, s3: &S3, kms_key| {
        StoreApi::S3(offers::S3 {
            endpoint,
            tls,
            region: s3.region.clone(),
            path_style: s3.path_style.clone(),
            kms_key,
        })
    };
    let blocks = |it: &Addresses| {
        let blocks = it.addresses.iter();
        Peer::blocks(blocks.map(|it| it.map(ToString::to_string)))
    };
    match &*settings.kind {
        Kind::Minio(Minio { minio }, s3) => {
            let endpoint = minio.namespace.map(|namespace| {
                // The cluster's domain is left out: pods find Services by this name on any domain.
                format!("http://minio.{namespace}.svc:{}", ports::MINIO)
            });
            let tls = settings.kind.map(|_| false);
            let port = Port::tcp(ports::MINIO);
            (
                of_s3(endpoint, tls, s3, None),
                Peer::Pods(minio::pods(minio)),
                port,
            )
        }
        Kind::External(External { endpoint, kms_key }, addresses, s3) => {
            let port = Port {
                first: endpoint.map(Endpoint::port),
                ..Port::tcp(443)
            };
            let url = endpoint.map(ToString::to_string);
            let tls = endpoint.map(Endpoint::is_tls);
            let api = of_s3(url, tls, s3, kms_key.clone());
            (api, blocks(addresses), port)
        }
        Kind::Gs(addresses) => (StoreApi::Google, blocks(addresses), Port::tcp(443)),
        Kind::Abfss(Account { account }, addresses) => {
            let account = account.clone();
            let api = StoreApi::Azure { account };
            (api, blocks(addresses), Port::tcp(443))
        }
    }
}

/// Which store knows which proof.
fn validate_access(settings: &Settings, offers: &Offers, out: &mut Build<'_>) {
    let (kind, access) = (&settings.kind, &settings.access);
    if let Access::Identity { identity } = &**access
        && let Some(known) = offers.identities.get(identity.as_str())
    {
        let fits = match &**kind {
            Kind::External(..) => matches!(
                *known.kind,
                IdentityKind::AwsIrsa { .. } | IdentityKind::AwsPodIdentity
            ),
            Kind::Gs(_) => matches!(*known.kind, IdentityKind::Gke { .. }),
            Kind::Abfss(..) => matches!(*known.kind, IdentityKind::Azure { .. }),
            // Reported below, whatever the identity is.
            Kind::Minio(..) => true,
        };
        if !fits {
            let title = format!("`{}` is of another cloud than the object store", **identity);
            out.report(
                Diagnostic::error(codes::CONFLICT, title)
                    .at_value(&identity.origins, "")
                    .at_value(&known.kind.origins, "of this kind")
                    .at_value(&kind.origins, "the store is here")
                    .hint("`external` goes with `aws-irsa` and `aws-pod-identity`, `gs` with `gke`, `abfss` with `azure`"),
            );
        }
    }
    if let (Access::Anonymous, Some(log)) = (&**access, &offers.event_log) {
        out.report(
            Diagnostic::error(codes::CONFLICT, "nobody writes event logs without a name")
                .at_value(
                    &access.origins,
                    "Spark says to the store who it is not at all",
                )
                .at_key(&log.origins, "event logs go there")
                .hint("use another `access`, or leave out the History Server"),
        );
    }
    let is_known = match (&**kind, &**access) {
        (Kind::External(..), _)
        | (Kind::Minio(..), Access::Credentials(_))
        | (Kind::Gs(_), Access::Identity { .. } | Access::Anonymous | Access::NodeRole)
        | (Kind::Abfss(..), Access::Identity { .. }) => true,
        (Kind::Minio(..) | Kind::Gs(_) | Kind::Abfss(..), _) => false,
    };
    if is_known {
        return;
    }
    let (name, proof) = (kind.name(), access.name());
    let title =
        format!("an object store of the kind `{name}` does not take `access = \"{proof}\"`");
    let place = match &**access {
        Access::Credentials(keys) => &keys.credentials.origins,
        _ => &access.origins,
    };
    let hint = match &**kind {
        Kind::Minio(..) => "MinIO knows keys alone: name a Secret in `credentials`",
        _ => "write `access = \"identity\"`, and name an entry of `identities` in `identity`",
    };
    out.report(
        Diagnostic::error(codes::CONFLICT, title)
            .at_value(place, "")
            .at_value(&kind.origins, "the store is of this kind")
            .hint(hint),
    );
}
