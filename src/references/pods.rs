//! What pods refer to.

use super::Collector;
use crate::document::Node;

impl Collector {
    /// A pod, or a template of some: what has a `spec`.
    pub(super) fn template(&mut self, template: &Node) {
        if let Some(spec) = template.get("spec") {
            self.pod(spec);
        }
    }

    pub(super) fn pod(&mut self, spec: &Node) {
        let account = spec.get("serviceAccountName");
        self.named("", "ServiceAccount", account, "runs as");
        for secret in spec.list_at(["imagePullSecrets"]) {
            self.named("", "Secret", secret.get("name"), "pulls images with");
        }
        let priority = spec.get("priorityClassName");
        let group = "scheduling.k8s.io";
        self.cluster(group, "PriorityClass", priority, "has the priority of");
        let runtime = spec.get("runtimeClassName");
        self.cluster("node.k8s.io", "RuntimeClass", runtime, "runs in");
        for volume in spec.list_at(["volumes"]) {
            self.volume(volume);
        }
        for list in ["containers", "initContainers"] {
            for container in spec.list_at([list]) {
                self.container(container);
            }
        }
    }

    pub(super) fn volume(&mut self, volume: &Node) {
        self.mount("ConfigMap", volume.get("configMap"), "name");
        self.mount("Secret", volume.get("secret"), "secretName");
        for source in volume.list_at(["projected", "sources"]) {
            self.mount("ConfigMap", source.get("configMap"), "name");
            self.mount("Secret", source.get("secret"), "name");
        }
        let claim = volume.at(["persistentVolumeClaim", "claimName"]);
        self.named("", "PersistentVolumeClaim", claim, "mounts");
        let ephemeral = volume.at(["ephemeral", "volumeClaimTemplate"]);
        self.storage_class(ephemeral.and_then(|it| it.at(["spec", "storageClassName"])));
    }

    /// A volume of a ConfigMap or Secret: all of it, or the keys that are picked.
    fn mount(&mut self, kind: &str, source: Option<&Node>, field: &str) {
        let Some(source) = needed(source) else { return };
        let name = source.get(field);
        let items = source.list_at(["items"]);
        for item in items {
            self.keyed(kind, name, item.get("key"), "mounts");
        }
        if items.is_empty() {
            self.named("", kind, name, "mounts");
        }
    }

    pub(super) fn container(&mut self, container: &Node) {
        for variable in container.list_at(["env"]) {
            self.variable("ConfigMap", variable.at(["valueFrom", "configMapKeyRef"]));
            self.variable("Secret", variable.at(["valueFrom", "secretKeyRef"]));
        }
        for source in container.list_at(["envFrom"]) {
            self.variables("ConfigMap", source.get("configMapRef"));
            self.variables("Secret", source.get("secretRef"));
        }
    }

    fn variable(&mut self, kind: &str, source: Option<&Node>) {
        if let Some(source) = needed(source) {
            self.keyed(kind, source.get("name"), source.get("key"), "reads");
        }
    }

    fn variables(&mut self, kind: &str, source: Option<&Node>) {
        if let Some(source) = needed(source) {
            self.named("", kind, source.get("name"), "reads");
        }
    }
}

/// A source without which a container does not start.
fn needed(source: Option<&Node>) -> Option<&Node> {
    source.filter(|it| it.get("optional").and_then(Node::as_bool) != Some(true))
}
