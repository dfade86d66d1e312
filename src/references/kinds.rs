//! What objects of one kind refer to, beside what objects of all kinds do.

use super::{Collector, Reference, pod_in};
use crate::{
    document::Node,
    kubernetes::Object,
    spark::conf::{DEFAULTS, are_properties},
};

const ADMISSION: &str = "admissionregistration.k8s.io";
const EXTERNAL_SECRETS: &str = "external-secrets.io";
const GATEWAY: &str = "gateway.networking.k8s.io";
const OPERATOR: &str = "sparkoperator.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

impl Collector {
    pub(super) fn by_kind(&mut self, object: &Object) {
        let root = object.node();
        let identity = object.identity();
        match (identity.group.as_str(), identity.kind.as_str()) {
            ("", "ConfigMap") => self.config_map(root),
            ("", "PersistentVolumeClaim") => self.claim(root),
            ("apps", "StatefulSet") => self.stateful_set(root),
            ("networking.k8s.io", "Ingress") => self.ingress(root),
            (RBAC, "RoleBinding" | "ClusterRoleBinding") => self.binding(root),
            (ADMISSION, "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration") => {
                self.webhooks(root);
            }
            ("apiextensions.k8s.io", "CustomResourceDefinition") => self.conversion(root),
            (GATEWAY, "HTTPRoute" | "GRPCRoute") => self.route(root),
            (EXTERNAL_SECRETS, "ExternalSecret") => self.external_secret(root),
            (OPERATOR, "SparkApplication") => self.application(root.get("spec")),
            (OPERATOR, "ScheduledSparkApplication") => {
                self.application(root.at(["spec", "template"]));
            }
            (OPERATOR, "SparkConnect") => self.spark_connect(root),
            _ => {}
        }
    }

    /// A ConfigMap refers to nothing itself. The pods that Spark makes of its texts do.
    fn config_map(&mut self, root: &Node) {
        for (name, text) in root.get("data").into_iter().flat_map(Node::entries) {
            if name == DEFAULTS || are_properties(text) {
                self.file_of_properties(text);
            } else if let Some(pod) = pod_in(text) {
                self.template(&pod);
            }
        }
    }

    fn claim(&mut self, root: &Node) {
        self.storage_class(root.at(["spec", "storageClassName"]));
        if root.str_at(["spec", "dataSource", "kind"]) == Some("PersistentVolumeClaim") {
            let name = root.at(["spec", "dataSource", "name"]);
            self.named("", "PersistentVolumeClaim", name, "is copied from");
        }
    }

    fn stateful_set(&mut self, root: &Node) {
        let name = root.at(["spec", "serviceName"]);
        self.named("", "Service", name, "is named by");
        for claim in root.list_at(["spec", "volumeClaimTemplates"]) {
            self.storage_class(claim.at(["spec", "storageClassName"]));
        }
    }

    fn ingress(&mut self, root: &Node) {
        let rules = root.list_at(["spec", "rules"]).iter();
        for path in rules.flat_map(|rule| rule.list_at(["http", "paths"])) {
            let name = path.at(["backend", "service", "name"]);
            self.named("", "Service", name, "routes to");
        }
        for tls in root.list_at(["spec", "tls"]) {
            self.named("", "Secret", tls.get("secretName"), "serves with");
        }
    }

    /// A backend in another namespace needs a grant there, so it is not this object's to find.
    fn route(&mut self, root: &Node) {
        let rules = root.list_at(["spec", "rules"]).iter();
        for backend in rules.flat_map(|it| it.list_at(["backendRefs"])) {
            let is_service = backend.str_at(["kind"]).is_none_or(|it| it == "Service");
            if is_service && backend.get("namespace").is_none() {
                self.named("", "Service", backend.get("name"), "routes to");
            }
        }
    }

    fn binding(&mut self, root: &Node) {
        let name = root.at(["roleRef", "name"]);
        match root.str_at(["roleRef", "kind"]) {
            Some("ClusterRole") => self.cluster(RBAC, "ClusterRole", name, "grants"),
            kind => self.named(RBAC, kind.unwrap_or_default(), name, "grants"),
        }
        let subjects = root.list_at(["subjects"]).iter();
        for account in subjects.filter(|it| it.str_at(["kind"]) == Some("ServiceAccount")) {
            self.bound_account(account);
        }
    }

    fn bound_account(&mut self, account: &Node) {
        let Some(name) = account.get("name") else {
            return;
        };
        let stated = account.str_at(["namespace"]).map(str::to_owned);
        self.push(Reference {
            namespace: stated.or_else(|| self.namespace.clone()),
            // A binding may come before its subject: the API server only compares names.
            ordered: false,
            ..Reference::to("", "ServiceAccount", name, "binds")
        });
    }

    fn webhooks(&mut self, root: &Node) {
        for webhook in root.list_at(["webhooks"]) {
            self.called_service(webhook.get("clientConfig"), "calls");
        }
    }

    fn conversion(&mut self, root: &Node) {
        let client = root.at(["spec", "conversion", "webhook", "clientConfig"]);
        self.called_service(client, "converts by");
    }

    /// The Service that the API server calls. It says itself where that lives, as the caller lives
    /// nowhere.
    fn called_service(&mut self, client: Option<&Node>, verb: &'static str) {
        let service = client.and_then(|it| it.get("service"));
        let Some((service, name)) = service.and_then(|it| Some((it, it.get("name")?))) else {
            return;
        };
        self.push(Reference {
            namespace: service.str_at(["namespace"]).map(str::to_owned),
            ..Reference::to("", "Service", name, verb)
        });
    }

    fn external_secret(&mut self, root: &Node) {
        let name = root.at(["spec", "secretStoreRef", "name"]);
        match root.str_at(["spec", "secretStoreRef", "kind"]) {
            Some(kind @ "ClusterSecretStore") => {
                self.cluster(EXTERNAL_SECRETS, kind, name, "fetches from");
            }
            // The operator's default.
            _ => self.named(EXTERNAL_SECRETS, "SecretStore", name, "fetches from"),
        }
    }
}
