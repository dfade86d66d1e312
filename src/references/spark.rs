//! What the pods refer to that Spark and its operator make.

use super::Collector;
use crate::{document::Node, spark::conf};

impl Collector {
    /// The pods of a Spark application, which the operator makes.
    pub(super) fn application(&mut self, spec: Option<&Node>) {
        let Some(spec) = spec else { return };
        for secret in spec.list_at(["imagePullSecrets"]) {
            self.named("", "Secret", Some(secret), "pulls images with");
        }
        for volume in spec.list_at(["volumes"]) {
            self.volume(volume);
        }
        for pod in ["driver", "executor"].iter().filter_map(|it| spec.get(it)) {
            self.named("", "ServiceAccount", pod.get("serviceAccount"), "runs as");
            self.container(pod);
            if let Some(template) = pod.get("template") {
                self.template(template);
            }
        }
        self.map_of_properties(spec.get("sparkConf"), &["driver", "executor"]);
    }

    pub(super) fn spark_connect(&mut self, root: &Node) {
        for role in ["server", "executor"] {
            if let Some(template) = root.at(["spec", role, "template"]) {
                self.template(template);
            }
        }
        self.map_of_properties(root.at(["spec", "sparkConf"]), &["executor"]);
    }

    /// A file of properties. Who mounts it makes the driver's pod.
    pub(super) fn file_of_properties(&mut self, text: &Node) {
        for (key, value, origins) in conf::read(text) {
            self.property(&key, &Node::new(value, origins), &["executor"]);
        }
    }

    fn map_of_properties(&mut self, map: Option<&Node>, roles: &[&str]) {
        for (key, value) in map.into_iter().flat_map(Node::entries) {
            self.property(key, value, roles);
        }
    }

    /// What a property has Spark put into the pods that it makes: drivers, unless somebody else makes
    /// them, and executors (`org.apache.spark.deploy.k8s.Config`).
    fn property(&mut self, key: &str, value: &Node, roles: &[&str]) {
        let Some(key) = key.strip_prefix("spark.kubernetes.") else {
            return;
        };
        let text = value.as_str().unwrap_or_default();
        // Somebody fills it in later, or Spark itself for each executor.
        if text.contains(['$', '{']) {
            return;
        }
        let in_role = |role: &&str| key.strip_prefix(*role)?.strip_prefix('.');
        let of_pod = roles.iter().find_map(in_role);
        match of_pod.unwrap_or(key) {
            "container.image.pullSecrets" => {
                for name in text.split(',').map(str::trim) {
                    let name = Node::new(name, value.origins.clone());
                    self.named("", "Secret", Some(&name), "pulls images with");
                }
            }
            "hadoop.configMapName" | "kerberos.krb5.configMapName" => {
                self.named("", "ConfigMap", Some(value), "mounts");
            }
            "kerberos.tokenSecret.name" => self.named("", "Secret", Some(value), "mounts"),
            key if of_pod.is_some() => self.property_of_pod(key, value),
            _ => {}
        }
    }

    /// A property of drivers or of executors: `secrets.NAME`, `secretKeyRef.VARIABLE` or
    /// `volumes.persistentVolumeClaim.VOLUME`.
    fn property_of_pod(&mut self, key: &str, value: &Node) {
        let text = value.as_str().unwrap_or_default();
        let part = |text: &str| Node::new(text, value.origins.clone());
        if let Some(name) = key.strip_prefix("secrets.") {
            self.named("", "Secret", Some(&part(name)), "mounts");
        } else if key.starts_with("secretKeyRef.") {
            let (name, key) = text
                .split_once(':')
                .map(|(name, key)| (part(name), part(key)))
                .unzip();
            self.keyed("Secret", name.as_ref(), key.as_ref(), "reads");
        } else if key.starts_with("volumes.persistentVolumeClaim.") {
            self.property_of_claim(key, value);
        }
    }

    fn property_of_claim(&mut self, key: &str, value: &Node) {
        let text = value.as_str().unwrap_or_default();
        // These words stand for a claim of each executor's own.
        let is_own = ["OnDemand", "SPARK_EXECUTOR_ID"]
            .iter()
            .any(|it| text.contains(it));
        if key.ends_with(".options.claimName") && !is_own {
            self.named("", "PersistentVolumeClaim", Some(value), "mounts");
        } else if key.ends_with(".options.storageClass") {
            self.storage_class(Some(value));
        }
    }
}
