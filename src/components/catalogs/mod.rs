//! `[catalogs.NAME]`: where tables are listed, for servers, notebooks and applications that name it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Occurrence, Offers, offers, reference::SecretRef};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::Sourced,
    kubernetes::{ConfigKey, NamespaceName},
    manifests::{Peer, Pods, Port},
    values::{AddressBlock, CatalogUrl, Labels, MetastoreUrl},
};

/// A catalog of tables. Who names it in `catalogs` gets the properties, the jars and the way to it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// What it is: a catalog of Iceberg with a REST API, such as those of Polaris, Nessie and Unity Catalog
    /// (`iceberg-rest`); Glue, with tables of Iceberg (`glue`); a metastore of Hive, with tables of Iceberg
    /// (`iceberg-hive`) or with all that Spark itself knows (`hive`); or Delta, which lists tables where Spark
    /// does (`delta`).
    kind: Sourced<Kind>,
    /// The release of the jars that a Connect server downloads where its image declares none; one that goes
    /// with each line of Spark when absent.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+$"), example = "1.11.0")]
    #[schemars(extend("x-kiln-fact" = true))]
    version: Option<Sourced<String>>,
}

/// What a catalog is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Kind {
    /// A catalog of Iceberg with a REST API.
    IcebergRest(Rest, Location),
    /// Glue.
    Glue(Glue, Location),
    /// A metastore of Hive, with tables of Iceberg.
    IcebergHive(OfHive, Location),
    /// A metastore of Hive, with all that Spark itself knows.
    Hive(OfHive, Location),
    /// Delta.
    Delta,
}

/// The REST API of Iceberg.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Rest {
    /// The URL of the API, without its `/v1`.
    url: Sourced<CatalogUrl>,
    /// The warehouse in it, as the catalog calls it.
    #[schemars(length(min = 1), example = &"lake")]
    warehouse: Option<Sourced<String>>,
    /// The Secret with what Spark logs in with, as `ID:SECRET`. It reaches the driver alone.
    credential: Option<Credential>,
    /// What Spark asks to be allowed.
    #[schemars(length(min = 1), example = "PRINCIPAL_ROLE:ALL")]
    scope: Option<Sourced<String>>,
    /// Where tokens are asked for, when not of the catalog itself.
    token_url: Option<Sourced<CatalogUrl>>,
    /// Whether the catalog hands out credentials for each table, so that the object store of the platform plays
    /// no part. Spark reads and writes S3 by Iceberg's own client then.
    #[serde(default)]
    vended_credentials: Sourced<bool>,
}

/// Glue.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Glue {
    /// Where new databases lie.
    #[schemars(
        regex(pattern = r"^s3a?://[a-z0-9][a-z0-9.-]+(/.*)?$"),
        example = "s3a://warehouse/lake"
    )]
    location: Sourced<String>,
}

/// A metastore of Hive that runs elsewhere.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct OfHive {
    /// The metastore.
    metastore: Sourced<MetastoreUrl>,
    /// The version of the metastore. From 4.0.1 on it answers neither Spark's client nor Iceberg's.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+\.[0-9]+$"), example = "3.1.3")]
    #[schemars(extend("x-kiln-fact" = true))]
    metastore_version: Option<Sourced<String>>,
    /// Where new databases lie, when the metastore does not say.
    #[schemars(length(min = 1), example = "s3a://warehouse/hive")]
    directory: Option<Sourced<String>>,
}

/// A key of a Secret.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Credential {
    /// The Secret.
    secret: Sourced<SecretRef>,
    /// Its key.
    key: Sourced<ConfigKey>,
}

/// Where a catalog is, for network policies, which know no names of hosts. Without any, any address on the port of
/// the URL.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(inline)]
struct Location {
    /// The blocks of addresses of a catalog outside of the cluster.
    #[serde(default)]
    #[schemars(example = ["192.0.2.0/24"])]
    addresses: Vec<Sourced<AddressBlock>>,
    /// The namespace of a catalog in the cluster.
    namespace: Option<Sourced<NamespaceName>>,
    /// Labels that all of its pods carry; without any, all pods of the namespace.
    #[serde(default)]
    labels: Labels,
    /// The port on which its pods listen, when it is not the one of its Service.
    #[schemars(range(min = 1))]
    pod_port: Option<Sourced<u16>>,
}

/// The component.
pub struct Catalogs;

impl Component for Catalogs {
    type Settings = Settings;
    const TABLE: &'static str = "catalogs";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const MAKES_OBJECTS: bool = false;
    const NEEDED: bool = true;
    const ABOUT: &'static str = "Catalogs of tables: Iceberg's, Glue, metastores of Hive, Delta.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        let (kind, place, port) = match &*settings.kind {
            Kind::IcebergRest(rest, place) => {
                let credential = rest.credential.as_ref();
                let kind = offers::CatalogKind::IcebergRest {
                    url: rest.url.map(ToString::to_string),
                    warehouse: rest.warehouse.clone(),
                    credential: credential.map(|it| offers::SecretKey {
                        secret: it.secret.map(ToString::to_string),
                        key: it.key.map(ToString::to_string),
                    }),
                    scope: rest.scope.clone(),
                    token_url: rest
                        .token_url
                        .as_ref()
                        .map(|it| it.map(ToString::to_string)),
                    is_vended: rest.vended_credentials.clone(),
                };
                (kind, Some(place), rest.url.map(CatalogUrl::port))
            }
            Kind::Glue(glue, place) => {
                let kind = offers::CatalogKind::Glue {
                    location: glue.location.clone(),
                };
                (kind, Some(place), Sourced::constant(443))
            }
            Kind::IcebergHive(it, place) => (
                offers::CatalogKind::IcebergHive(metastore(it)),
                Some(place),
                it.metastore.map(MetastoreUrl::port),
            ),
            Kind::Hive(it, place) => (
                offers::CatalogKind::Hive(metastore(it)),
                Some(place),
                it.metastore.map(MetastoreUrl::port),
            ),
            Kind::Delta => (offers::CatalogKind::Delta, None, Sourced::constant(443)),
        };
        let port = |place: &Location| Port {
            first: place.pod_port.clone().unwrap_or(port),
            ..Port::tcp(443)
        };
        let catalog = offers::Catalog {
            name: entry.name.value.clone(),
            kind: Sourced::new(kind, settings.kind.origins.clone()),
            version: settings.version.clone(),
            reach: place.map(|it| (peer(it), port(it))),
        };
        offers.catalogs.insert(entry.name.value.clone(), catalog);
    }

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let place = match &*entry.settings.kind {
            Kind::IcebergRest(_, place)
            | Kind::Glue(_, place)
            | Kind::IcebergHive(_, place)
            | Kind::Hive(_, place) => place,
            Kind::Delta => return,
        };
        if let (None, Some(port)) = (&place.namespace, &place.pod_port) {
            out.report(
                Diagnostic::error(codes::CONFLICT, "`pod-port` is the port of pods in a namespace")
                    .at_value(&port.origins, "no namespace is stated")
                    .hint("state the `namespace` of the catalog; outside of the cluster its URL says the port"),
            );
        }
        if let (Some(namespace), Some(addresses)) = (&place.namespace, place.addresses.first()) {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    "a catalog is in the cluster or outside of it",
                )
                .at_value(&namespace.origins, "in this namespace")
                .at_value(&addresses.origins, "at this address")
                .hint("keep one of the two"),
            );
        }
    }
}

fn metastore(settings: &OfHive) -> offers::Metastore {
    offers::Metastore {
        url: settings.metastore.map(ToString::to_string),
        version: settings.metastore_version.clone(),
        directory: settings.directory.clone(),
    }
}

fn peer(place: &Location) -> Peer {
    match &place.namespace {
        Some(namespace) => Peer::Pods(Pods {
            namespace: namespace.map(ToString::to_string),
            labels: place.labels.texts(),
        }),
        None => Peer::blocks(place.addresses.iter().map(|it| it.map(ToString::to_string))),
    }
}
