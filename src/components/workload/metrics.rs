//! The properties that have a driver serve metrics.

use super::Properties;
use crate::{
    components::offers::{Metrics, MetricsSource},
    document::Sourced,
    ports,
};

/// What Spark calls the port of its web interface in the pod of a driver that it makes (`UI_PORT_NAME` in
/// `resource-managers/kubernetes/core/src/main/scala/org/apache/spark/deploy/k8s/Constants.scala`).
pub const UI_PORT_OF_SPARK: &str = "spark-ui";

/// Where a driver serves what it measures, and what its executors tell it.
pub const fn driver_metrics(port_name: &'static str) -> MetricsSource {
    MetricsSource {
        port_name,
        port: ports::DRIVER_UI,
        paths: &["/metrics/prometheus", "/metrics/executors/prometheus"],
    }
}

impl Properties {
    /// Has the driver serve metrics at its web interface, where somebody collects them.
    ///
    /// The instance is `driver` and not `*`: executors have no web interface, and the operator hands properties of
    /// a `SparkConnect` to a shell.
    pub fn metrics(&mut self, metrics: Option<&Metrics>) {
        const INSTEAD: &str = "it follows from the table `metrics`";
        let Some(metrics) = metrics else {
            return;
        };
        self.choose(&metrics.origins, |it| {
            let sink =
                |key: &str| format!("spark.metrics.conf.driver.sink.prometheusServlet.{key}");
            let class = "org.apache.spark.metrics.sink.PrometheusServlet";
            it.set(&sink("class"), Sourced::constant(class), INSTEAD);
            it.set(
                &sink("path"),
                Sourced::constant("/metrics/prometheus"),
                INSTEAD,
            );
            // Spark 3.5 does not serve what executors measure unless it is told to.
            it.pin("spark.ui.prometheus.enabled", "true", INSTEAD);
            it.forbid(
                "spark.ui.enabled",
                "metrics are served at the web interface",
            );
            // Part of every metric's name, and the application's identifier by default: each start would begin
            // new series.
            it.set_default("spark.metrics.namespace", "spark");
        });
    }
}
