//! What an object refers to, read from the object alone, so that it holds for raw manifests too.

use crate::{
    document::{Node, Origins, Sourced},
    kubernetes::{Identity, Object},
    spark::conf::{self, DEFAULTS, are_properties},
    yaml::embedded,
};

/// A reference from one object to another.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The API group of the target, empty for the core group.
    pub group: String,
    /// The kind of the target.
    pub kind: String,
    /// The namespace of a namespaced target.
    pub namespace: Option<String>,
    /// The name of the target.
    pub name: String,
    /// The key of a ConfigMap or Secret that is read, when it is one alone.
    pub key: Option<Sourced<String>>,
    /// What the object does with it, such as `mounts`.
    pub verb: &'static str,
    /// Whether the target must be applied before.
    pub ordered: bool,
    /// What made the reference.
    pub origins: Origins,
}

impl Reference {
    /// The target.
    #[must_use]
    pub fn target(&self) -> Identity {
        Identity {
            group: self.group.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

/// All references of an object.
#[must_use]
pub fn references(object: &Object) -> Vec<Reference> {
    let mut found = Collector {
        namespace: object.identity().namespace.clone(),
        references: Vec::new(),
    };
    let root = object.node();
    if let (Some(namespace), Some(node)) = (
        object.identity().namespace.clone(),
        root.at(["metadata", "namespace"]),
    ) {
        found.cluster("", "Namespace", &namespace, "is in", node);
    }
    for owner in root.list_at(["metadata", "ownerReferences"]) {
        let group = group_of(owner.str_at(["apiVersion"]).unwrap_or_default());
        let kind = owner.str_at(["kind"]).unwrap_or_default();
        found.named(&group, kind, owner.get("name"), "is owned by");
    }
    if let Some(template) = object.pod_template()
        && let Some(spec) = template.spec()
    {
        found.pod(spec);
    }
    found.by_kind(object);
    found.references
}

/// The group of an `apiVersion`.
#[must_use]
pub fn group_of(api_version: &str) -> String {
    api_version
        .split_once('/')
        .map_or("", |(group, _)| group)
        .to_owned()
}

struct Collector {
    namespace: Option<String>,
    references: Vec<Reference>,
}

impl Collector {
    fn push(&mut self, reference: Reference) {
        if !reference.name.is_empty() {
            self.references.push(reference);
        }
    }

    fn cluster(&mut self, group: &str, kind: &str, name: &str, verb: &'static str, node: &Node) {
        self.push(Reference {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            name: name.to_owned(),
            key: None,
            verb,
            ordered: true,
            origins: node.origins.clone(),
        });
    }

    /// A target in the object's own namespace.
    fn named(&mut self, group: &str, kind: &str, name: Option<&Node>, verb: &'static str) {
        self.keyed(group, kind, name, None, verb);
    }

    fn keyed(
        &mut self,
        group: &str,
        kind: &str,
        name: Option<&Node>,
        key: Option<&Node>,
        verb: &'static str,
    ) {
        let Some(node) = name else { return };
        self.push(Reference {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: self.namespace.clone(),
            name: node.as_str().unwrap_or_default().to_owned(),
            key: key.and_then(|key| {
                let text = key.as_str()?.to_owned();
                Some(Sourced::new(text, key.origins.clone()))
            }),
            verb,
            ordered: true,
            origins: key
                .map_or_else(Origins::none, |key| key.origins.clone())
                .and(&node.origins),
        });
    }

    fn pod(&mut self, spec: &Node) {
        self.named(
            "",
            "ServiceAccount",
            spec.get("serviceAccountName"),
            "runs as",
        );
        for secret in spec.list_at(["imagePullSecrets"]) {
            self.named("", "Secret", secret.get("name"), "pulls images with");
        }
        if let Some(class) = spec.get("priorityClassName") {
            let name = class.as_str().unwrap_or_default();
            let group = "scheduling.k8s.io";
            self.cluster(group, "PriorityClass", name, "has the priority of", class);
        }
        if let Some(class) = spec.get("runtimeClassName") {
            let name = class.as_str().unwrap_or_default();
            self.cluster("node.k8s.io", "RuntimeClass", name, "runs in", class);
        }
        for volume in spec.list_at(["volumes"]) {
            self.volume(volume);
        }
        for list in ["containers", "initContainers"] {
            for container in spec.list_at([list]) {
                self.container(container);
            }
        }
    }

    fn volume(&mut self, volume: &Node) {
        let optional = |source: &Node| source.get("optional").and_then(Node::as_bool) == Some(true);
        if let Some(source) = volume.get("configMap").filter(|it| !optional(it)) {
            self.source("ConfigMap", source.get("name"), source);
        }
        if let Some(source) = volume.get("secret").filter(|it| !optional(it)) {
            self.source("Secret", source.get("secretName"), source);
        }
        for source in volume.list_at(["projected", "sources"]) {
            for (field, kind) in [("configMap", "ConfigMap"), ("secret", "Secret")] {
                if let Some(source) = source.get(field).filter(|it| !optional(it)) {
                    self.source(kind, source.get("name"), source);
                }
            }
        }
        let claim = volume.at(["persistentVolumeClaim", "claimName"]);
        self.named("", "PersistentVolumeClaim", claim, "mounts");
        let template = [
            "ephemeral",
            "volumeClaimTemplate",
            "spec",
            "storageClassName",
        ];
        self.storage_class(volume.at(template));
    }

    /// A volume of a ConfigMap or Secret: all of it, or the keys that are picked.
    fn source(&mut self, kind: &str, name: Option<&Node>, source: &Node) {
        let items = source.list_at(["items"]);
        for item in items {
            self.keyed("", kind, name, item.get("key"), "mounts");
        }
        if items.is_empty() {
            self.named("", kind, name, "mounts");
        }
    }

    fn container(&mut self, container: &Node) {
        for variable in container.list_at(["env"]) {
            for (field, kind) in [("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")] {
                let Some(source) = variable.at(["valueFrom", field]) else {
                    continue;
                };
                if source.get("optional").and_then(Node::as_bool) != Some(true) {
                    self.keyed("", kind, source.get("name"), source.get("key"), "reads");
                }
            }
        }
        for source in container.list_at(["envFrom"]) {
            for (field, kind) in [("configMapRef", "ConfigMap"), ("secretRef", "Secret")] {
                if let Some(source) = source.get(field)
                    && source.get("optional").and_then(Node::as_bool) != Some(true)
                {
                    self.named("", kind, source.get("name"), "reads");
                }
            }
        }
    }

    fn by_kind(&mut self, object: &Object) {
        let root = object.node();
        let spec = root.get("spec");
        match (
            object.identity().group.as_str(),
            object.identity().kind.as_str(),
        ) {
            ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
                self.binding(root);
            }
            (
                "admissionregistration.k8s.io",
                "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
            ) => {
                for webhook in root.list_at(["webhooks"]) {
                    self.service(webhook.at(["clientConfig", "service"]), "calls");
                }
            }
            ("apiextensions.k8s.io", "CustomResourceDefinition") => {
                let path = ["conversion", "webhook", "clientConfig", "service"];
                self.service(spec.and_then(|spec| spec.at(path)), "converts by");
            }
            ("apps", "StatefulSet") => {
                let name = spec.and_then(|spec| spec.get("serviceName"));
                self.named("", "Service", name, "is named by");
                for claim in root.list_at(["spec", "volumeClaimTemplates"]) {
                    self.storage_class(claim.at(["spec", "storageClassName"]));
                }
            }
            ("", "PersistentVolumeClaim") => {
                self.storage_class(root.at(["spec", "storageClassName"]));
                if root.str_at(["spec", "dataSource", "kind"]) == Some("PersistentVolumeClaim") {
                    let name = root.at(["spec", "dataSource", "name"]);
                    self.named("", "PersistentVolumeClaim", name, "is copied from");
                }
            }
            ("networking.k8s.io", "Ingress") => {
                let backends = root
                    .list_at(["spec", "rules"])
                    .iter()
                    .flat_map(|rule| rule.list_at(["http", "paths"]))
                    .map(|path| path.at(["backend", "service", "name"]));
                for name in backends {
                    self.named("", "Service", name, "routes to");
                }
                for tls in root.list_at(["spec", "tls"]) {
                    self.named("", "Secret", tls.get("secretName"), "serves with");
                }
            }
            ("external-secrets.io", "ExternalSecret") => {
                let kind = root.str_at(["spec", "secretStoreRef", "kind"]);
                let name = root.at(["spec", "secretStoreRef", "name"]);
                match kind {
                    Some("ClusterSecretStore") => {
                        if let Some(node) = name {
                            let name = node.as_str().unwrap_or_default().to_owned();
                            let group = "external-secrets.io";
                            self.cluster(group, "ClusterSecretStore", &name, "fetches from", node);
                        }
                    }
                    _ => self.named("external-secrets.io", "SecretStore", name, "fetches from"),
                }
            }
            ("", "ConfigMap") => {
                let data = root.get("data");
                for (name, text) in data.into_iter().flat_map(Node::entries) {
                    if name == DEFAULTS || are_properties(text) {
                        let properties = conf::read(text).into_iter();
                        let properties = properties
                            .map(|(key, value, origins)| (key, Node::new(value, origins)));
                        self.properties(properties, &["executor"]);
                    } else if let Some(pod) = pod_in(text)
                        && let Some(spec) = pod.get("spec")
                    {
                        self.pod(spec);
                    }
                }
            }
            ("sparkoperator.k8s.io", "SparkApplication") => self.application(spec),
            ("sparkoperator.k8s.io", "ScheduledSparkApplication") => {
                self.application(spec.and_then(|spec| spec.get("template")));
            }
            ("sparkoperator.k8s.io", "SparkConnect") => {
                for role in ["server", "executor"] {
                    let path = ["spec", role, "template", "spec"];
                    if let Some(pod) = root.at(path) {
                        self.pod(pod);
                    }
                }
                self.properties(entries(root.at(["spec", "sparkConf"])), &["executor"]);
            }
            _ => {}
        }
    }

    fn binding(&mut self, root: &Node) {
        let name = root.at(["roleRef", "name"]);
        let kind = root
            .str_at(["roleRef", "kind"])
            .unwrap_or_default()
            .to_owned();
        let group = "rbac.authorization.k8s.io";
        if let (Some(node), "ClusterRole") = (name, kind.as_str()) {
            let name = node.as_str().unwrap_or_default();
            self.cluster(group, &kind, name, "grants", node);
        } else {
            self.named(group, &kind, name, "grants");
        }
        for subject in root.list_at(["subjects"]) {
            if subject.str_at(["kind"]) != Some("ServiceAccount") {
                continue;
            }
            let Some(node) = subject.get("name") else {
                continue;
            };
            let namespace = subject.str_at(["namespace"]).map(str::to_owned);
            self.push(Reference {
                group: String::new(),
                kind: "ServiceAccount".to_owned(),
                namespace: namespace.or_else(|| self.namespace.clone()),
                name: node.as_str().unwrap_or_default().to_owned(),
                key: None,
                verb: "binds",
                // A binding may come before its subject: the API server only compares names.
                ordered: false,
                origins: node.origins.clone(),
            });
        }
    }

    fn service(&mut self, service: Option<&Node>, verb: &'static str) {
        let Some(name) = service.and_then(|service| service.get("name")) else {
            return;
        };
        let namespace = service.and_then(|it| it.str_at(["namespace"]));
        self.push(Reference {
            group: String::new(),
            kind: "Service".to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.as_str().unwrap_or_default().to_owned(),
            key: None,
            verb,
            ordered: true,
            origins: name.origins.clone(),
        });
    }

    fn storage_class(&mut self, name: Option<&Node>) {
        if let Some(node) = name {
            // An empty name is no class: it asks for a volume that somebody made by hand.
            let name = node.as_str().unwrap_or_default();
            self.cluster("storage.k8s.io", "StorageClass", name, "is stored by", node);
        }
    }

    /// The pods of a Spark application, which the operator makes.
    fn application(&mut self, spec: Option<&Node>) {
        let Some(spec) = spec else { return };
        for secret in spec.list_at(["imagePullSecrets"]) {
            self.named("", "Secret", Some(secret), "pulls images with");
        }
        for volume in spec.list_at(["volumes"]) {
            self.volume(volume);
        }
        for role in ["driver", "executor"] {
            let Some(pod) = spec.get(role) else { continue };
            self.named("", "ServiceAccount", pod.get("serviceAccount"), "runs as");
            self.container(pod);
        }
        self.properties(entries(spec.get("sparkConf")), &["driver", "executor"]);
    }

    /// What Spark's properties have it put into the pods that it makes: drivers, unless somebody else
    /// makes them, and executors (`org.apache.spark.deploy.k8s.Config`).
    fn properties(&mut self, properties: impl Iterator<Item = (String, Node)>, roles: &[&str]) {
        for (key, value) in properties {
            let Some(key) = key.strip_prefix("spark.kubernetes.") else {
                continue;
            };
            let text = value.as_str().unwrap_or_default();
            let role = roles
                .iter()
                .find_map(|it| key.strip_prefix(it)?.strip_prefix('.'));
            // Somebody fills it in later, or Spark itself for each executor.
            if text.contains(['$', '{']) {
                continue;
            }
            match role.unwrap_or(key) {
                "container.image.pullSecrets" => {
                    for name in text.split(',').map(str::trim) {
                        let name = Node::new(name, value.origins.clone());
                        self.named("", "Secret", Some(&name), "pulls images with");
                    }
                }
                "hadoop.configMapName" | "kerberos.krb5.configMapName" => {
                    self.named("", "ConfigMap", Some(&value), "mounts");
                }
                "kerberos.tokenSecret.name" => {
                    self.named("", "Secret", Some(&value), "mounts");
                }
                key if role.is_some() => self.property_of_pod(key, &value),
                _ => {}
            }
        }
    }

    fn property_of_pod(&mut self, key: &str, value: &Node) {
        let text = value.as_str().unwrap_or_default();
        let part = |text: &str| Node::new(text, value.origins.clone());
        if let Some(name) = key.strip_prefix("secrets.") {
            self.named("", "Secret", Some(&part(name)), "mounts");
        } else if key.starts_with("secretKeyRef.") {
            if let Some((name, key)) = text.split_once(':') {
                let (name, key) = (part(name), part(key));
                self.keyed("", "Secret", Some(&name), Some(&key), "reads");
            }
        } else if key.starts_with("volumes.persistentVolumeClaim.") {
            // These words stand for a claim of each executor's own.
            let is_own = ["OnDemand", "SPARK_EXECUTOR_ID"];
            if key.ends_with(".options.claimName") && !is_own.iter().any(|it| text.contains(it)) {
                self.named("", "PersistentVolumeClaim", Some(value), "mounts");
            } else if key.ends_with(".options.storageClass") {
                self.storage_class(Some(value));
            }
        }
    }
}

fn entries(map: Option<&Node>) -> impl Iterator<Item = (String, Node)> {
    let entries = map.into_iter().flat_map(Node::entries);
    entries.map(|(key, value)| (key.clone(), value.clone()))
}

/// The template of a pod that stands in a text.
#[must_use]
pub fn pod_in(text: &Node) -> Option<Node> {
    // To read YAML takes longer than to see that it is none of a pod.
    let is_likely = text.as_str()?.contains("containers:");
    let document = is_likely.then(|| embedded(text)).flatten();
    document.filter(|it| it.str_at(["kind"]) == Some("Pod"))
}

/// Whether every cluster holds an object without anybody making it.
#[must_use]
pub fn is_on_every_cluster(reference: &Reference) -> bool {
    let name = reference.name.as_str();
    match (reference.group.as_str(), reference.kind.as_str()) {
        ("", "ServiceAccount") => name == "default",
        ("", "ConfigMap") => name == "kube-root-ca.crt",
        ("", "Namespace") => {
            ["default", "kube-system", "kube-public", "kube-node-lease"].contains(&name)
        }
        ("rbac.authorization.k8s.io", "ClusterRole") => {
            name.starts_with("system:")
                || ["admin", "edit", "view", "cluster-admin"].contains(&name)
        }
        ("scheduling.k8s.io", "PriorityClass") => name.starts_with("system-"),
        _ => false,
    }
}
