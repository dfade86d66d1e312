//! The properties of a driver whose pod kiln makes itself.

use super::{AGREED, Properties};
use crate::ports;

impl Properties {
    /// How a driver in a pod of its own, in client mode, is found and finds the API server.
    pub fn client_mode(&mut self) {
        self.driver_address();
        self.pin(
            "spark.master",
            "k8s://https://kubernetes.default.svc:443",
            AGREED,
        );
        // Spark expands `${env:X}` in its own keys, in all supported versions; nothing else has to.
        self.pin("spark.kubernetes.namespace", "${env:POD_NAMESPACE}", AGREED);
        // The driver's pod owns its executors, so nothing is left behind when it is killed.
        self.pin(
            "spark.kubernetes.driver.pod.name",
            "${env:POD_NAME}",
            AGREED,
        );
        // A few failed executors end a driver (twice as many as there may be, at least 3). One that lives
        // for weeks would add up those of all weeks.
        self.set_default("spark.executor.failuresValidityInterval", "1h");
        // A driver in client mode makes no Service and, unless asked to, no claims: without these
        // three it would still try to delete them when it stops, and need the right to.
        self.set_default(
            "spark.kubernetes.driver.service.deleteOnTermination",
            "false",
        );
        self.leave_claims();
    }

    /// How executors find a driver in a pod of its own.
    pub fn driver_address(&mut self) {
        self.pin("spark.submit.deployMode", "client", AGREED);
        self.pin("spark.driver.host", "${env:POD_IP}", AGREED);
        self.pin("spark.driver.bindAddress", "0.0.0.0", AGREED);
        self.driver_ports(AGREED);
    }

    /// On which ports a driver listens, and why they cannot be chosen.
    pub fn driver_ports(&mut self, why: &'static str) {
        self.pin("spark.driver.port", ports::DRIVER, why);
        self.pin("spark.driver.blockManager.port", ports::BLOCK_MANAGER, why);
        self.pin("spark.ui.port", ports::DRIVER_UI, why);
    }
}
