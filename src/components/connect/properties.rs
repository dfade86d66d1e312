//! What a server's Spark is told.

use super::{Backend, Executors, Form, Server};
use crate::{
    components::{
        Build, Offers,
        offers::Image,
        workload::{AGREED, Properties},
    },
    document::{Origins, Sourced},
    kubernetes::Memory,
    ports,
    spark::{
        SparkVersion,
        memory::{Mebibytes, Outside, Overhead},
    },
    values::MavenCoordinates,
};

/// The Ivy cache, when jars are downloaded at the start. It lies in memory, because the root of the
/// container is read-only, and counts against the container's memory.
pub const IVY_CACHE: &str = "256Mi";

/// Where the executors' pod template is mounted. Spark copies everything else in its configuration
/// folder to its executors, so the template lies beside it.
const POD_TEMPLATE: &str = "/opt/spark/pod-template/executor.yaml";

impl Server<'_> {
    /// The jars to download at the start. Spark 3.5 does not ship its Connect server.
    pub fn packages(
        &self,
        image: &Image,
        spark: &Sourced<SparkVersion>,
        offers: &Offers,
    ) -> Vec<Sourced<MavenCoordinates>> {
        let mut packages = self.settings.packages.clone();
        for package in self.catalogs(offers).packages(image, spark) {
            let stem = package.rsplit_once(':').map_or("", |(stem, _)| stem);
            if !packages.iter().any(|it| it.starts_with(stem)) {
                packages.push(package);
            }
        }
        let has_connect = |jars: &[Sourced<MavenCoordinates>]| {
            jars.iter()
                .any(|jar| jar.starts_with("org.apache.spark:spark-connect_"))
        };
        if !spark.facts().connect_bundled && !has_connect(&packages) && !has_connect(&image.jars) {
            packages.push(spark.map(|spark| {
                let scala = spark.facts().scala;
                format!("org.apache.spark:spark-connect_{scala}:{spark}")
                    .parse()
                    .expect("a version of Spark completes the coordinates")
            }));
        }
        packages
    }

    /// What decides that jars are downloaded, where no setting asks for any: whether Spark ships its Connect server.
    pub fn downloads_decided_by(&self, spark: &Sourced<SparkVersion>) -> Origins {
        if self.settings.packages.is_empty() {
            spark.origins.clone()
        } else {
            Origins::none()
        }
    }

    /// All properties: what follows from the spec, then what the user adds.
    pub fn properties(
        &self,
        image: &Image,
        spark: &Sourced<SparkVersion>,
        offers: &Offers,
        out: &mut Build<'_>,
    ) -> Option<Properties> {
        let settings = self.settings;
        let store = offers.need_object_store(
            "a Connect server needs an object store",
            self.origins(),
            out,
        )?;
        let packages = self.packages(image, spark, offers);
        let mut properties = Properties::default();
        properties.set(
            "spark.app.name",
            self.name.clone(),
            "the server is named by its table",
        );
        properties.pin(
            "spark.connect.grpc.binding.port",
            ports::CONNECT,
            "the Service and the probes use it",
        );
        let ivy: Memory = IVY_CACHE
            .parse()
            .expect("the size of the cache is an amount of memory");
        let cache = Outside {
            amount: Mebibytes::from_bytes(ivy.bytes()).expect("the cache has whole MiB"),
            why: "the cache of downloaded jars, which lies in memory",
        };
        let decided_by = self.downloads_decided_by(spark);
        let outside = (!packages.is_empty()).then_some(cache);
        let outside = Sourced::new(outside, decided_by.clone());
        let backend = &settings.backend;
        let overhead = backend.map(|backend| match backend {
            Backend::Kubernetes(_) | Backend::Standalone(..) => Overhead::Jvm,
            // Python workers run beside the server.
            Backend::Local => Overhead::NonJvm,
        });
        properties.driver_size(&settings.driver, &overhead, &outside, out);
        properties.choose(&backend.origins, |properties| match &**backend {
            Backend::Kubernetes(executors) => {
                self.on_kubernetes(properties, executors, image, offers, out);
            }
            Backend::Standalone(executors, _) => self.on_standalone(properties, executors, out),
            Backend::Local => self.in_itself(properties),
        });
        // All backends say these.
        properties.pin("spark.submit.deployMode", "client", AGREED);
        properties.pin("spark.ui.port", ports::DRIVER_UI, AGREED);
        self.through_celeborn(&mut properties);
        properties.object_store(store, image, offers);
        properties.event_log(offers);
        properties.metrics(offers.metrics.as_ref());
        properties.behind_a_proxy(offers.routes.get(&self.name_of_ui()));
        let catalogs = self.catalogs(offers);
        properties.catalogs(&catalogs, offers);
        properties.choose(&decided_by, |it| download(it, &packages));
        if *settings.form == Form::CustomResource {
            Self::reserve_for_operator(&mut properties);
        }
        properties.add(&settings.conf, out);
        properties.extensions(&catalogs, &settings.conf);
        Some(properties)
    }

    /// Tasks run in executors that the server spawns as pods.
    fn on_kubernetes(
        &self,
        properties: &mut Properties,
        executors: &Executors,
        image: &Image,
        offers: &Offers,
        out: &mut Build<'_>,
    ) {
        properties.client_mode();
        properties.executor_size(&executors.executor, &Sourced::constant(None), out);
        let dynamic = executors.dynamic_allocation.as_ref();
        properties.executor_count(&executors.executor, dynamic, out);
        properties.kubernetes_executors(
            &executors.executor,
            image,
            offers,
            self.executors_account().text(),
            POD_TEMPLATE,
        );
    }

    /// Tasks run in the server, so nobody but clients ever connects to it.
    fn in_itself(&self, properties: &mut Properties) {
        let master = self.settings.driver.cores.map(|it| format!("local[{it}]"));
        properties.set("spark.master", master, "set `driver.cores`");
        properties.pin("spark.driver.host", "localhost", AGREED);
        properties.pin("spark.driver.bindAddress", "127.0.0.1", AGREED);
        for name in ["cores", "instances", "memory", "memoryOverhead"] {
            properties.forbid(&format!("spark.executor.{name}"), super::OWN_CONTAINER);
        }
    }
}

fn download(properties: &mut Properties, packages: &[Sourced<MavenCoordinates>]) {
    if packages.is_empty() {
        properties.forbid("spark.jars.packages", "set `packages`");
        return;
    }
    let mut origins = Origins::none();
    for package in packages {
        origins.extend(&package.origins);
    }
    let list: Vec<_> = packages.iter().map(|it| it.as_str()).collect();
    properties.set(
        "spark.jars.packages",
        Sourced::new(list.join(","), origins),
        "set `packages`",
    );
    properties.pin(
        "spark.jars.ivy",
        "/var/cache/ivy",
        "the cache is mounted there",
    );
}
