//! The object store, for those that run Spark: its properties, where event logs go, and who pods are to it.

use super::Properties;
use crate::{
    components::{
        Build, Offers,
        offers::{Access, IdentityKind, Image, ObjectStore, S3, StoreApi},
    },
    document::{Node, Origins, Sourced},
    kubernetes::cloud,
    manifests::{Peer, Port},
    render::Context,
    spark::stores::{
        AZURE, AZURE_PROVIDER, S3A_ANONYMOUS, S3A_OF_CONTAINER, S3A_PROVIDER, web_identity_provider,
    },
};

const INSTEAD: &str = "it follows from the table `object-store`";

impl Properties {
    /// Where data lies, and how the Spark of an image proves who it is.
    pub fn object_store(&mut self, store: &ObjectStore, image: &Image, offers: &Offers) {
        match &store.api {
            StoreApi::S3(s3) => {
                self.s3(s3);
                self.s3_access(store, image, offers);
            }
            StoreApi::Google => self.google(store),
            StoreApi::Azure { account } => self.azure(account, offers),
        }
    }

    fn s3(&mut self, s3: &S3) {
        let key = |name: &str| format!("spark.hadoop.fs.s3a.{name}");
        self.set(&key("endpoint"), s3.endpoint.clone(), INSTEAD);
        self.set(&key("endpoint.region"), s3.region.clone(), INSTEAD);
        self.set(&key("path.style.access"), s3.path_style.clone(), INSTEAD);
        self.set(&key("connection.ssl.enabled"), s3.tls.clone(), INSTEAD);
        if let Some(kms_key) = &s3.kms_key {
            let algorithm = kms_key.map(|_| "SSE-KMS");
            self.set(&key("encryption.algorithm"), algorithm, INSTEAD);
            self.set(&key("encryption.key"), kms_key.clone(), INSTEAD);
        }
        for name in ["access.key", "secret.key", "session.token"] {
            self.forbid(
                &key(name),
                "credentials come from the Secret that `object-store.credentials` names, never from a ConfigMap",
            );
        }
    }

    /// Keys are not here: Spark takes them from the driver's environment and hands them to its executors
    /// (`SparkHadoopUtil.appendS3AndSparkHadoopHiveConfigurations`). Everything else names the one class that is
    /// asked, so that nothing is found by chance: S3A's own list asks no web identity, and ends at the node.
    fn s3_access(&mut self, store: &ObjectStore, image: &Image, offers: &Offers) {
        let by_access = &store.access.origins;
        let provider = match &*store.access {
            Access::Keys(_) => return,
            Access::Anonymous => Sourced::new(S3A_ANONYMOUS, by_access.clone()),
            Access::Node => Sourced::new(S3A_OF_CONTAINER, by_access.clone()),
            Access::Identity(_) => {
                let Some(identity) = offers.storage_identity() else {
                    return;
                };
                if !matches!(*identity.kind, IdentityKind::AwsIrsa { .. }) {
                    Sourced::new(S3A_OF_CONTAINER, identity.kind.origins)
                } else if let Some(spark) = &image.spark {
                    let class = spark.map(|it| web_identity_provider(it.facts().aws_sdk));
                    class.chosen_by(&identity.kind.origins)
                } else {
                    // Which class takes a token depends on the version: a check finds that none does.
                    return;
                }
            }
        };
        self.set(S3A_PROVIDER, provider, INSTEAD);
    }

    /// <https://github.com/GoogleCloudDataproc/hadoop-connectors/blob/master/gcs/CONFIGURATION.md>
    fn google(&mut self, store: &ObjectStore) {
        let by_access = &store.access.origins;
        self.pin(
            "spark.hadoop.fs.gs.impl",
            "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
            INSTEAD,
        );
        self.pin(
            "spark.hadoop.fs.AbstractFileSystem.gs.impl",
            "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFS",
            INSTEAD,
        );
        let kind = match *store.access {
            Access::Anonymous => "UNAUTHENTICATED",
            // The metadata server answers for the pod where it has an identity, or else for the node.
            _ => "COMPUTE_ENGINE",
        };
        let kind = Sourced::new(kind, by_access.clone());
        self.set("spark.hadoop.fs.gs.auth.type", kind, INSTEAD);
    }

    /// <https://hadoop.apache.org/docs/stable/hadoop-azure/abfs.html>
    fn azure(&mut self, account: &Sourced<String>, offers: &Offers) {
        let Some(identity) = offers.storage_identity() else {
            return;
        };
        let IdentityKind::Azure { client, tenant } = &*identity.kind else {
            return;
        };
        let by_kind = &identity.kind.origins;
        let host = account.map(|it| format!("{it}.dfs.core.windows.net"));
        let constant = |text: &str| Sourced::new(text.to_owned(), by_kind.clone());
        let tenant = tenant.clone().map(|it| it.chosen_by(by_kind));
        for (name, value) in [
            ("auth.type", constant("OAuth")),
            ("oauth.provider.type", constant(AZURE_PROVIDER)),
            ("oauth2.client.id", client.clone().chosen_by(by_kind)),
            (
                "oauth2.msi.tenant",
                tenant.unwrap_or_else(|| constant("${env.AZURE_TENANT_ID}")),
            ),
            // Where the webhook mounts it changed with its version 1.6.0; Hadoop still looks at the old place.
            (
                "oauth2.token.file",
                constant("${env.AZURE_FEDERATED_TOKEN_FILE}"),
            ),
        ] {
            let value = value.with_origin(&host.origins);
            self.set(&format!("{AZURE}{name}.{}", *host), value, INSTEAD);
        }
    }

    /// Where event logs go.
    pub fn event_log(&mut self, offers: &Offers) {
        const INSTEAD: &str =
            "it follows from the table `history-server`, so that what is written is what is read";
        let Some(log) = &offers.event_log else {
            self.set_default("spark.eventLog.enabled", "false");
            return;
        };
        self.set(
            "spark.eventLog.enabled",
            Sourced::new("true", log.origins.clone()),
            INSTEAD,
        );
        if let Some(directory) = offers.event_log_directory() {
            self.set("spark.eventLog.dir", directory, INSTEAD);
        }
        // A file of an object store is there once it is closed: without rolling, an application that runs is
        // invisible, and one that is killed leaves nothing.
        self.pin("spark.eventLog.rolling.enabled", "true", INSTEAD);
        self.set_default("spark.eventLog.rolling.maxFileSize", "10m");
    }
}

impl Offers {
    /// The folder of event logs as Spark names it.
    #[must_use]
    pub fn event_log_directory(&self) -> Option<Sourced<String>> {
        let log = self.event_log.as_ref()?;
        let store = self.object_store.as_ref()?;
        Some(store.url(&log.bucket, &log.prefix))
    }

    /// Whether Spark proves who it is by keys.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        let store = self.object_store.as_ref();
        store.and_then(ObjectStore::keys).is_some()
    }

    /// What the templates of pods that read and write data say: the Secret with keys, or the label by which the
    /// webhook of Azure finds them.
    #[must_use]
    pub fn with_storage(&self, context: Context) -> Context {
        let keys = self.object_store.as_ref().and_then(ObjectStore::keys);
        let secret = keys.map(|keys| {
            let name = self.secret(&keys.secret).name.clone();
            name.with_origin(&keys.secret.origins)
        });
        context
            .optional("credentials", secret)
            .optional("access_key", keys.map(|it| &it.access_key))
            .optional("secret_key", keys.map(|it| &it.secret_key))
            .optional("azure_identity", self.azure_label())
    }

    /// The value of the label by which the webhook of Azure finds pods, where they have an identity there.
    #[must_use]
    pub fn azure_label(&self) -> Option<Node> {
        let identity = self.storage_identity()?;
        let is_azure = matches!(*identity.kind, IdentityKind::Azure { .. });
        is_azure.then(|| Node::new("true", identity.kind.origins))
    }

    /// The annotations by which a cloud knows the ServiceAccounts of pods that read and write data.
    #[must_use]
    pub fn account_annotations(&self) -> Option<Node> {
        let identity = self.storage_identity()?;
        let by_kind = &identity.kind.origins;
        let mut annotations = Node::map();
        let mut add = |key: &str, value: Option<&Sourced<String>>| {
            if let Some(value) = value {
                annotations.insert(key, value.clone().chosen_by(by_kind));
            }
        };
        match &*identity.kind {
            IdentityKind::AwsIrsa {
                role,
                audience,
                is_regional,
            } => {
                add(cloud::AWS_ROLE, Some(role));
                add(cloud::AWS_AUDIENCE, audience.as_ref());
                add(
                    cloud::AWS_REGIONAL,
                    Some(&is_regional.map(ToString::to_string)),
                );
            }
            IdentityKind::AwsPodIdentity => {}
            IdentityKind::Gke { service_account } => {
                add(cloud::GOOGLE_ACCOUNT, service_account.as_ref());
            }
            IdentityKind::Azure { client, tenant } => {
                add(cloud::AZURE_CLIENT, Some(client));
                add(cloud::AZURE_TENANT, tenant.as_ref());
            }
        }
        (annotations.entries().count() > 0).then_some(annotations)
    }
}

/// The traffic of pods to the object store, and to where they prove who they are to it.
pub fn store_traffic(pods: &Peer, offers: &Offers, origins: &Origins, out: &mut Build<'_>) {
    let Some(store) = &offers.object_store else {
        return;
    };
    out.flow(
        pods.clone(),
        store.peer.clone(),
        vec![store.port.clone()],
        origins,
    );
    let mut to = |peer: Peer, port: u16, chosen_by: &Origins| {
        let origins = origins.clone().chosen_by(chosen_by);
        out.flow(pods.clone(), peer, vec![Port::tcp(port)], &origins);
    };
    let mut to_node = |(addresses, port): (&[&str], u16), origins: &Origins| {
        let blocks = addresses
            .iter()
            .map(|it| Sourced::constant((*it).to_owned()));
        to(Peer::Addresses(blocks.collect()), port, origins);
    };
    let (metadata, port) = cloud::METADATA_SERVER;
    if matches!(*store.access, Access::Node) {
        to_node((&metadata, port), &store.access.origins);
    }
    let Some(identity) = offers.storage_identity() else {
        return;
    };
    let by_kind = &identity.kind.origins;
    match *identity.kind {
        IdentityKind::AwsPodIdentity => {
            let (agent, port) = cloud::POD_IDENTITY_AGENT;
            to_node((&agent, port), by_kind);
        }
        IdentityKind::Gke { .. } => {
            to_node((&metadata, port), by_kind);
            let (behind, port) = cloud::GKE_METADATA_SERVER;
            to_node((&behind, port), by_kind);
        }
        IdentityKind::AwsIrsa { .. } | IdentityKind::Azure { .. } => {
            let peer = if identity.addresses.is_empty() {
                Peer::Internet
            } else {
                Peer::Addresses(identity.addresses)
            };
            to(peer, 443, by_kind);
        }
    }
}
