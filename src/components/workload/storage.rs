//! The properties that say where data lies, and where event logs go.

use super::Properties;
use crate::{
    components::offers::{EventLog, ObjectStore},
    document::Sourced,
};

impl Properties {
    /// Where data lies. The credentials are not here: Spark takes them from the driver's environment
    /// and hands them to its executors (`SparkHadoopUtil.appendS3AndSparkHadoopHiveConfigurations`).
    pub fn object_store(&mut self, store: &ObjectStore) {
        const INSTEAD: &str = "it follows from the table `object-store`";
        let key = |name: &str| format!("spark.hadoop.fs.s3a.{name}");
        self.set(&key("endpoint"), store.endpoint.clone(), INSTEAD);
        self.set(&key("endpoint.region"), store.region.clone(), INSTEAD);
        self.set(&key("path.style.access"), store.path_style.clone(), INSTEAD);
        self.set(&key("connection.ssl.enabled"), store.tls.clone(), INSTEAD);
        for name in ["access.key", "secret.key", "session.token"] {
            self.forbid(
                &key(name),
                "credentials come from the Secret that `object-store.credentials` names, never from a ConfigMap",
            );
        }
    }

    /// Where event logs go.
    pub fn event_log(&mut self, log: Option<&EventLog>) {
        const INSTEAD: &str =
            "it follows from the table `history-server`, so that what is written is what is read";
        let Some(log) = log else {
            self.set_default("spark.eventLog.enabled", "false");
            return;
        };
        self.set(
            "spark.eventLog.enabled",
            Sourced::new("true", log.origins.clone()),
            INSTEAD,
        );
        self.set("spark.eventLog.dir", log.directory(), INSTEAD);
        // S3A uploads a file when it is closed: without rolling, an application that runs is invisible,
        // and one that is killed leaves nothing.
        self.pin("spark.eventLog.rolling.enabled", "true", INSTEAD);
        self.set_default("spark.eventLog.rolling.maxFileSize", "10m");
    }
}
