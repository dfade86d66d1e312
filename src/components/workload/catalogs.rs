//! Catalogs of tables, for those that run Spark: their properties, jars and Secrets, and the way to them.
//!
//! - <https://iceberg.apache.org/docs/latest/spark-configuration/>
//! - <https://docs.delta.io/latest/delta-batch.html>
//! - <https://spark.apache.org/docs/latest/sql-data-sources-hive-tables.html>

use super::{Properties, UserConf};
use crate::{
    components::{
        Build, Offers,
        offers::{Catalog, CatalogKind, Image, StoreApi},
        reference::CatalogRef,
    },
    diagnostics::{Diagnostic, codes},
    document::{Origins, Sourced},
    manifests::Peer,
    render::Context,
    spark::{
        SparkVersion,
        formats::{DELTA, Format, ICEBERG, ICEBERG_AWS},
    },
    values::MavenCoordinates,
};

const INSTEAD: &str = "it follows from the table `catalogs`";
const EXTENSIONS: &str = "spark.sql.extensions";

/// The client of Iceberg that reads and writes as Hadoop does, with all that it is told of the object store.
const BY_HADOOP: &str = "org.apache.iceberg.hadoop.HadoopFileIO";
/// The client that knows nothing of Hadoop, and takes what the catalog hands out.
const BY_ITSELF: &str = "org.apache.iceberg.aws.s3.S3FileIO";

/// The catalogs that somebody names.
pub struct Catalogs(Vec<Catalog>);

impl Catalogs {
    /// Those of a list; its names were resolved with the schema.
    pub fn of(names: &[Sourced<CatalogRef>], offers: &Offers) -> Self {
        let all = names.iter().filter_map(|name| {
            let catalog = offers.catalogs.get(name.as_str())?.clone();
            Some(Catalog {
                kind: catalog.kind.chosen_by(&name.origins),
                ..catalog
            })
        });
        Self(all.collect())
    }

    /// What no Spark makes of them. That there is no jar for its line, a check finds.
    pub fn validate(&self, out: &mut Build<'_>) {
        let mut metastores = self.0.iter().filter(|it| is_metastore(&it.kind));
        if let (Some(one), Some(other)) = (metastores.next(), metastores.next()) {
            out.report(
                Diagnostic::error(codes::CONFLICT, "Spark has one metastore")
                    .at_value(&one.kind.origins, "one is here")
                    .at_value(&other.kind.origins, "another is here")
                    .hint("tables of Iceberg can lie in several: `kind = \"iceberg-hive\"`"),
            );
        }
    }

    /// The jars that an image does not hold, for a line that has them.
    pub fn packages(
        &self,
        image: &Image,
        spark: &Sourced<SparkVersion>,
    ) -> Vec<Sourced<MavenCoordinates>> {
        let mut packages: Vec<Sourced<MavenCoordinates>> = Vec::new();
        for catalog in &self.0 {
            let version = catalog.version.as_ref();
            let stated = version.map(|it| it.as_str());
            let runtime =
                format(&catalog.kind).map(|it| (it.stem(), it.coordinates(spark.line(), stated)));
            let client = needs_client(&catalog.kind).then(|| {
                let release = stated.or(ICEBERG.release(spark.line()));
                let coordinates = release.map(|it| format!("{ICEBERG_AWS}:{it}"));
                ("iceberg-aws", coordinates)
            });
            for (stem, coordinates) in runtime.into_iter().chain(client) {
                let is_there =
                    |jars: &[Sourced<MavenCoordinates>]| jars.iter().any(|it| it.contains(stem));
                if is_there(&image.jars) || is_there(&packages) {
                    continue;
                }
                let Some(coordinates) = coordinates else {
                    continue;
                };
                let mut origins = spark.origins.clone().chosen_by(&catalog.kind.origins);
                if let Some(version) = version {
                    origins.extend(&version.origins);
                }
                let coordinates = coordinates
                    .parse()
                    .expect("a release completes the coordinates");
                packages.push(Sourced::new(coordinates, origins));
            }
        }
        packages
    }

    /// What Secrets put into the environment of a driver: what it logs in with.
    pub fn variables(&self, offers: &Offers) -> Vec<Context> {
        let secrets = self.0.iter().filter_map(|catalog| {
            let CatalogKind::IcebergRest {
                credential: Some(credential),
                ..
            } = &*catalog.kind
            else {
                return None;
            };
            let name = offers.secret(&credential.secret).name.clone();
            Some(
                Context::new()
                    .value(
                        "variable",
                        Sourced::new(variable(&catalog.name), catalog.kind.origins.clone()),
                    )
                    .value("secret", name.with_origin(&credential.secret.origins))
                    .value("key", &credential.key),
            )
        });
        secrets.collect()
    }

    /// The Secrets that a driver logs in with, by their names in the spec.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|it| match &*it.kind {
            CatalogKind::IcebergRest { credential, .. } => {
                credential.as_ref().map(|it| it.secret.as_str())
            }
            _ => None,
        })
    }

    /// The traffic to them: of drivers, and of executors that fetch new credentials for a table.
    pub fn traffic(
        &self,
        driver: &Peer,
        executors: Option<&Peer>,
        origins: &Origins,
        out: &mut Build<'_>,
    ) {
        for catalog in &self.0 {
            let Some((peer, port)) = &catalog.reach else {
                continue;
            };
            let origins = origins.clone().chosen_by(&catalog.kind.origins);
            let fetches = needs_client(&catalog.kind)
                && matches!(*catalog.kind, CatalogKind::IcebergRest { .. });
            let executors = executors.filter(|_| fetches);
            for from in [Some(driver), executors].into_iter().flatten() {
                out.flow(from.clone(), peer.clone(), vec![port.clone()], &origins);
            }
        }
    }

    /// The extensions of Spark that they need.
    fn extensions(&self) -> Vec<Sourced<&'static str>> {
        let mut extensions: Vec<Sourced<&'static str>> = Vec::new();
        for catalog in &self.0 {
            if let Some(class) = format(&catalog.kind).and_then(|it| it.extension)
                && !extensions.iter().any(|it| it.value == class)
            {
                extensions.push(Sourced::new(class, catalog.kind.origins.clone()));
            }
        }
        extensions.sort_by_key(|it| it.value);
        extensions
    }
}

impl Properties {
    /// What Spark is told of catalogs. Other extensions of the user's are loaded beside theirs.
    pub fn catalogs(&mut self, catalogs: &Catalogs, offers: &Offers) {
        for catalog in &catalogs.0 {
            self.catalog(catalog, offers);
        }
    }

    /// The extensions that catalogs need, after those that the user names; to be called when the user's properties
    /// are known.
    pub fn extensions(&mut self, catalogs: &Catalogs, user: &UserConf) {
        let needed = catalogs.extensions();
        if needed.is_empty() {
            return;
        }
        let stated = user.get(EXTENSIONS).map(|it| it.map(ToString::to_string));
        let mut origins = Origins::none();
        let mut classes: Vec<String> = Vec::new();
        if let Some(list) = stated {
            origins.extend(&list.origins);
            classes.extend(list.split(',').map(|it| it.trim().to_owned()));
        }
        for class in needed {
            if !classes.iter().any(|it| it == class.value) {
                origins.extend(&class.origins);
                classes.push(class.value.to_owned());
            }
        }
        self.put(EXTENSIONS, Sourced::new(classes.join(","), origins));
    }

    fn catalog(&mut self, catalog: &Catalog, offers: &Offers) {
        let by_kind = &catalog.kind.origins;
        let constant = |text: &str| Sourced::new(text.to_owned(), by_kind.clone());
        let prefix = format!("spark.sql.catalog.{}", catalog.name);
        let key = |name: &str| format!("{prefix}.{name}");
        if matches!(
            *catalog.kind,
            CatalogKind::IcebergRest { .. }
                | CatalogKind::Glue { .. }
                | CatalogKind::IcebergHive(_)
        ) {
            let class = constant("org.apache.iceberg.spark.SparkCatalog");
            self.set(&prefix, class, INSTEAD);
            self.files(&key, catalog, offers);
        }
        match &*catalog.kind {
            CatalogKind::IcebergRest { .. } => self.rest(&key, catalog),
            CatalogKind::Glue { location } => {
                let class = constant("org.apache.iceberg.aws.glue.GlueCatalog");
                self.set(&key("catalog-impl"), class, INSTEAD);
                self.set(&key("warehouse"), location.clone(), INSTEAD);
            }
            CatalogKind::IcebergHive(metastore) => {
                self.set(&key("type"), constant("hive"), INSTEAD);
                self.set(&key("uri"), metastore.url.clone(), INSTEAD);
                if let Some(directory) = &metastore.directory {
                    self.set(&key("warehouse"), directory.clone(), INSTEAD);
                }
            }
            CatalogKind::Hive(metastore) => {
                let class = constant("hive");
                self.set("spark.sql.catalogImplementation", class, INSTEAD);
                self.set(
                    "spark.hadoop.hive.metastore.uris",
                    metastore.url.clone(),
                    INSTEAD,
                );
                if let Some(directory) = &metastore.directory {
                    self.set("spark.sql.warehouse.dir", directory.clone(), INSTEAD);
                }
            }
            CatalogKind::Delta => {
                let class = constant("org.apache.spark.sql.delta.catalog.DeltaCatalog");
                self.set("spark.sql.catalog.spark_catalog", class, INSTEAD);
            }
        }
    }

    /// A catalog that is asked by HTTP.
    fn rest(&mut self, key: &impl Fn(&str) -> String, catalog: &Catalog) {
        let CatalogKind::IcebergRest {
            url,
            warehouse,
            credential,
            scope,
            token_url,
            is_vended,
        } = &*catalog.kind
        else {
            return;
        };
        let by_kind = &catalog.kind.origins;
        let constant = |text: &str| Sourced::new(text.to_owned(), by_kind.clone());
        self.set(&key("type"), constant("rest"), INSTEAD);
        self.set(&key("uri"), url.clone(), INSTEAD);
        for (name, value) in [
            ("warehouse", warehouse),
            ("scope", scope),
            ("oauth2-server-uri", token_url),
        ] {
            match value {
                Some(value) => self.set(&key(name), value.clone(), INSTEAD),
                None => self.forbid(&key(name), INSTEAD),
            }
        }
        self.forbid(&key("token"), "name a Secret in `credential`");
        if credential.is_some() {
            // Spark hands it on as it is; Iceberg looks it up (`EnvironmentUtil.resolveAll`).
            let reference = format!("env:{}", variable(&catalog.name));
            self.set(&key("credential"), constant(&reference), INSTEAD);
        } else {
            self.forbid(&key("credential"), "name a Secret in `credential`");
        }
        if **is_vended {
            let header = key("header.X-Iceberg-Access-Delegation");
            let by_vended = is_vended.map(|_| "vended-credentials");
            self.set(&header, by_vended, INSTEAD);
        }
    }

    /// By which client Iceberg reads and writes. Its own choice goes by the scheme of a path, is the same for `s3://`
    /// and `s3a://`, and knows nothing of what Spark is told of the object store.
    fn files(&mut self, key: &impl Fn(&str) -> String, catalog: &Catalog, offers: &Offers) {
        let by_kind = &catalog.kind.origins;
        let constant = |text: &str| Sourced::new(text.to_owned(), by_kind.clone());
        let store = offers.object_store.as_ref().map(|it| &it.api);
        let s3 = match store {
            Some(StoreApi::S3(s3)) => Some(s3),
            _ => None,
        };
        if let CatalogKind::IcebergRest { is_vended, .. } = &*catalog.kind
            && **is_vended
        {
            let client = is_vended.map(|_| BY_ITSELF);
            self.set(&key("io-impl"), client, INSTEAD);
            if let Some(s3) = s3 {
                self.set(&key("s3.endpoint"), s3.endpoint.clone(), INSTEAD);
                let path_style = s3.path_style.clone();
                self.set(&key("s3.path-style-access"), path_style, INSTEAD);
                self.set(&key("client.region"), s3.region.clone(), INSTEAD);
                if let Some(kms_key) = &s3.kms_key {
                    self.set(&key("s3.sse.type"), kms_key.map(|_| "kms"), INSTEAD);
                    self.set(&key("s3.sse.key"), kms_key.clone(), INSTEAD);
                }
            }
            return;
        }
        self.set(&key("io-impl"), constant(BY_HADOOP), INSTEAD);
        if let Some(s3) = s3 {
            // Other engines write `s3://` into the catalog.
            let client = constant("org.apache.hadoop.fs.s3a.S3AFileSystem");
            self.set("spark.hadoop.fs.s3.impl", client, INSTEAD);
            if matches!(*catalog.kind, CatalogKind::Glue { .. }) {
                self.set(&key("client.region"), s3.region.clone(), INSTEAD);
            }
        }
    }
}

/// The variable with what a driver logs in with.
fn variable(catalog: &str) -> String {
    let name = catalog.to_ascii_uppercase().replace(['-', '.'], "_");
    format!("CATALOG_{name}_CREDENTIAL")
}

/// The format of the tables of a catalog, where Spark does not know it by itself.
const fn format(kind: &CatalogKind) -> Option<&'static Format> {
    match kind {
        CatalogKind::IcebergRest { .. }
        | CatalogKind::Glue { .. }
        | CatalogKind::IcebergHive(_) => Some(&ICEBERG),
        CatalogKind::Delta => Some(&DELTA),
        CatalogKind::Hive(_) => None,
    }
}

/// Whether it needs Iceberg's clients of AWS.
fn needs_client(kind: &CatalogKind) -> bool {
    match kind {
        CatalogKind::IcebergRest { is_vended, .. } => **is_vended,
        CatalogKind::Glue { .. } => true,
        CatalogKind::IcebergHive(_) | CatalogKind::Hive(_) | CatalogKind::Delta => false,
    }
}

const fn is_metastore(kind: &CatalogKind) -> bool {
    matches!(kind, CatalogKind::Hive(_))
}
