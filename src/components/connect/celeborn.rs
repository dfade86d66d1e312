//! Apache Celeborn, which keeps the data of shuffles outside the executors. Somebody else runs it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Executors, Server};
use crate::{
    components::{Build, offers::Image, workload::Properties},
    diagnostics::{Diagnostic, codes, name_list},
    document::{Origins, Sourced},
    kubernetes::NamespaceName,
    manifests::{Peer, Pods, Port},
    spark::{SparkVersion, version::Line},
    values::{HostPort, Labels},
};

/// The port on which the server's `LifecycleManager` tells executors where their data lies. Celeborn
/// would choose one at random (`celeborn.client.shuffle.manager.port`).
const LIFECYCLE_PORT: u16 = 7081;

/// A minor line of Celeborn.
struct Release {
    /// Such as `0.7`.
    line: &'static str,
    /// The lines of Spark that its client runs in.
    spark: &'static [Line],
}

/// Spark 4.1 changed `MapStatus` (SPARK-51756), which clients before 0.7.0 call:
/// <https://github.com/apache/celeborn/pull/3570>, <https://github.com/apache/celeborn/pull/3571>.
const RELEASES: [Release; 2] = [
    Release {
        line: "0.6",
        spark: &[Line::V3_5, Line::V4_0],
    },
    Release {
        line: "0.7",
        spark: &[Line::V3_5, Line::V4_0, Line::V4_1],
    },
];

/// An Apache Celeborn that keeps the data of shuffles.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Celeborn {
    /// The version of its cluster, and of the client in the image.
    #[schemars(regex(pattern = r"^0\.(6|7)\.(0|[1-9][0-9]*)$"), example = "0.7.0")]
    #[schemars(extend("x-kiln-fact" = true))]
    version: Sourced<String>,
    /// Its masters, as hosts with ports.
    #[schemars(
        length(min = 1),
        example = ["celeborn-master-0.celeborn-master-svc.celeborn:9097"]
    )]
    endpoints: Vec<Sourced<HostPort>>,
    /// How many workers it has.
    #[schemars(range(min = 1))]
    #[schemars(extend("x-kiln-fact" = true))]
    workers: Sourced<u32>,
    /// Whether every block is kept by two workers, so that none is lost with one.
    #[serde(default)]
    replicate: Sourced<bool>,
    /// Where its pods run.
    namespace: Sourced<NamespaceName>,
    /// Labels that all of its pods carry; without any, all pods of the namespace.
    #[serde(default)]
    labels: Labels,
    /// The ports on which its workers listen for clients (`celeborn.worker.rpc.port`, `.push.port` and
    /// `.fetch.port`). Without any, all ports: Celeborn chooses them at random unless told otherwise.
    #[serde(default)]
    #[schemars(inner(range(min = 1)), example = [9095, 9096, 9098])]
    worker_ports: Vec<Sourced<u16>>,
}

impl<'a> Server<'a> {
    /// The Celeborn that keeps the executors' shuffles, where one does.
    fn celeborn(&self) -> Option<(&'a Executors, &'a Sourced<Celeborn>)> {
        let executors = self.settings.backend.executors()?;
        Some((executors, executors.celeborn.as_ref()?))
    }

    /// Whether this Celeborn and this Spark go together.
    pub fn validate_celeborn(
        &self,
        image: &Image,
        spark: &Sourced<SparkVersion>,
        out: &mut Build<'_>,
    ) {
        let Some((executors, celeborn)) = self.celeborn() else {
            return;
        };
        if *celeborn.replicate && *celeborn.workers < 2 {
            out.report(
                Diagnostic::error(codes::CONFLICT, "one worker cannot keep two copies")
                    .at_value(&celeborn.replicate.origins, "asks for two")
                    .at_value(&celeborn.workers.origins, "there is one")
                    .note("every shuffle would fail: `celeborn.client.push.replicate.enabled` needs two workers"),
            );
        }
        if let Some(dynamic) = &executors.dynamic_allocation {
            let origins = &dynamic.shuffle_timeout.origins;
            if out.is_written(origins) {
                out.report(
                    Diagnostic::error(
                        codes::CONFLICT,
                        "`shuffle-timeout` has no effect with Celeborn",
                    )
                    .at_key(origins, "executors hold no shuffle data")
                    .at_key(&celeborn.origins, "Celeborn does"),
                );
            }
        }
        Self::validate_release(celeborn, spark, out);
        self.validate_client(celeborn, image, spark, out);
    }

    fn validate_release(celeborn: &Celeborn, spark: &Sourced<SparkVersion>, out: &mut Build<'_>) {
        let fits = |release: &&Release| release.spark.contains(&spark.line());
        let is_it = |release: &&Release| {
            let patch = celeborn.version.strip_prefix(release.line);
            patch.is_some_and(|it| it.starts_with('.'))
        };
        if RELEASES.iter().filter(fits).any(|it| is_it(&it)) {
            return;
        }
        let diagnostic = Diagnostic::error(
            codes::CONFLICT,
            format!(
                "Celeborn {} does not run in Spark {}",
                *celeborn.version, **spark
            ),
        )
        .at_value(&celeborn.version.origins, "")
        .at_value(&spark.origins, "");
        let lines: Vec<String> = RELEASES
            .iter()
            .filter(fits)
            .map(|it| format!("{}.x", it.line))
            .collect();
        out.report(if lines.is_empty() {
            diagnostic.hint(format!("no Celeborn runs in Spark {} yet", spark.line()))
        } else {
            let lines = name_list(lines.iter().map(String::as_str));
            diagnostic
                .note("its client calls what this Spark does not have: every shuffle would end in `NoSuchMethodError`")
                .hint(format!("Spark {} needs {lines}", spark.line()))
        });
    }

    /// The client has to be on the class path of the server and of every executor.
    fn validate_client(
        &self,
        celeborn: &Celeborn,
        image: &Image,
        spark: &Sourced<SparkVersion>,
        out: &mut Build<'_>,
    ) {
        let major = if spark.line() == Line::V3_5 { 3 } else { 4 };
        let scala = spark.facts().scala;
        let artifact = format!("org.apache.celeborn:celeborn-client-spark-{major}-shaded_{scala}");
        let wanted = format!("{artifact}:{}", *celeborn.version);
        // Executors of Spark 3.5 make their shuffle manager before they fetch jars (SPARK-45762).
        let fetched = major > 3;
        let packages = self.settings.packages.iter().filter(|_| fetched);
        let declared: Vec<_> = image.jars.iter().chain(packages).collect();
        if declared.iter().any(|jar| jar.as_str() == wanted) {
            return;
        }
        let mut diagnostic = Diagnostic::error(
            codes::CONFLICT,
            format!("the client of Celeborn {} is not there", *celeborn.version),
        )
        .at_value(&celeborn.version.origins, "needs its client")
        .at_key(&image.origins, "not declared in `jars`")
        .note("the server would not start: `ClassNotFoundException: org.apache.spark.shuffle.celeborn.SparkShuffleManager`");
        let other = declared
            .iter()
            .find(|jar| jar.starts_with("org.apache.celeborn:celeborn-client-spark-"));
        if let Some(other) = other {
            diagnostic = diagnostic.at_value(&other.origins, "another client");
        }
        let image_name = self.settings.image.as_str();
        diagnostic = diagnostic.hint(format!(
            "put it into the image, and `\"{wanted}\"` into `images.{image_name}.jars`"
        ));
        out.report(if fetched {
            diagnostic.hint("or download it at the start: add it to `packages`")
        } else {
            diagnostic
        });
    }

    /// <https://github.com/apache/celeborn/blob/v0.6.0/README.md#spark-configuration>
    pub fn through_celeborn(&self, properties: &mut Properties) {
        const INSTEAD: &str = "it follows from the table `celeborn`";
        let Some((executors, celeborn)) = self.celeborn() else {
            return;
        };
        // Called `RssShuffleManager` before 0.3.0.
        properties.pin(
            "spark.shuffle.manager",
            "org.apache.spark.shuffle.celeborn.SparkShuffleManager",
            INSTEAD,
        );
        // Java's serializer cannot move records.
        properties.pin(
            "spark.serializer",
            "org.apache.spark.serializer.KryoSerializer",
            INSTEAD,
        );
        let mut origins = Origins::none();
        let masters = celeborn.endpoints.iter().map(|it| {
            origins.extend(&it.origins);
            it.as_str()
        });
        let masters = masters.collect::<Vec<_>>().join(",");
        properties.set(
            "spark.celeborn.master.endpoints",
            Sourced::new(masters, origins),
            INSTEAD,
        );
        properties.set(
            "spark.celeborn.client.push.replicate.enabled",
            celeborn.replicate.clone(),
            "set `celeborn.replicate`",
        );
        properties.pin(
            "spark.celeborn.client.shuffle.manager.port",
            LIFECYCLE_PORT,
            "the network policies allow this port",
        );
        properties.pin("spark.shuffle.service.enabled", "false", INSTEAD);
        properties.set_default("spark.sql.adaptive.localShuffleReader.enabled", "false");
        if executors.dynamic_allocation.is_none() {
            return;
        }
        // Executors hold no shuffle data, so they may go when they are idle: Spark believes it of this
        // plugin (SPARK-42689), and the plugin says it of itself only when it never falls back to
        // their disks (`CelebornShuffleDriverComponents.supportsReliableStorage`).
        properties.pin(
            "spark.shuffle.sort.io.plugin.class",
            "org.apache.spark.shuffle.celeborn.CelebornShuffleDataIO",
            INSTEAD,
        );
        properties.pin(
            "spark.celeborn.client.spark.shuffle.fallback.policy",
            "NEVER",
            INSTEAD,
        );
        properties.pin(
            "spark.dynamicAllocation.shuffleTracking.enabled",
            "false",
            INSTEAD,
        );
        properties.take("spark.dynamicAllocation.shuffleTracking.timeout");
    }

    /// Both ends push and fetch; executors ask the server where to.
    pub fn celeborn_traffic(&self, driver: &Pods, executors: &Pods, out: &mut Build<'_>) {
        let Some((_, celeborn)) = self.celeborn() else {
            return;
        };
        let origins = &celeborn.origins;
        let pods = Peer::Pods(Pods {
            namespace: celeborn.namespace.map(ToString::to_string),
            labels: celeborn.labels.texts(),
        });
        let mut ports: Vec<Sourced<u16>> = Vec::new();
        if !celeborn.worker_ports.is_empty() {
            ports.extend(celeborn.endpoints.iter().map(|it| it.map(HostPort::port)));
            ports.extend(celeborn.worker_ports.iter().cloned());
            ports.sort_by_key(|it| it.value);
            ports.dedup_by(|same, kept| {
                let is_same = same.value == kept.value;
                if is_same {
                    kept.origins.extend(&same.origins);
                }
                is_same
            });
        }
        let ports: Vec<Port> = ports
            .into_iter()
            .map(|first| Port {
                first,
                ..Port::tcp(LIFECYCLE_PORT)
            })
            .collect();
        let [driver, executors] = [driver, executors].map(|it| Peer::Pods(it.clone()));
        for end in [&driver, &executors] {
            out.flow(end.clone(), pods.clone(), ports.clone(), origins);
        }
        out.flow(executors, driver, vec![Port::tcp(LIFECYCLE_PORT)], origins);
    }
}
