//! What an object refers to, read from the object alone, so that it holds for raw manifests too.

mod kinds;
mod pods;
mod spark;

use crate::{
    document::{Node, Origins, Sourced},
    kubernetes::{Identity, Object},
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
    /// A reference to what a value names, which lives in no namespace.
    fn to(group: &str, kind: &str, name: &Node, verb: &'static str) -> Self {
        Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            name: name.as_str().unwrap_or_default().to_owned(),
            key: None,
            verb,
            ordered: true,
            origins: name.origins.clone(),
        }
    }

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
    found.cluster("", "Namespace", root.at(["metadata", "namespace"]), "is in");
    for owner in root.list_at(["metadata", "ownerReferences"]) {
        let group = group_of(owner.str_at(["apiVersion"]).unwrap_or_default());
        let kind = owner.str_at(["kind"]).unwrap_or_default();
        found.named(&group, kind, owner.get("name"), "is owned by");
    }
    if let Some(spec) = object.pod_template().and_then(|it| it.spec()) {
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

/// The references that an object was found to have. What is absent, or names nothing, refers to nothing.
struct Collector {
    /// The object's own namespace.
    namespace: Option<String>,
    references: Vec<Reference>,
}

impl Collector {
    fn push(&mut self, reference: Reference) {
        if !reference.name.is_empty() {
            self.references.push(reference);
        }
    }

    /// A target that lives in no namespace.
    fn cluster(&mut self, group: &str, kind: &str, name: Option<&Node>, verb: &'static str) {
        if let Some(name) = name {
            self.push(Reference::to(group, kind, name, verb));
        }
    }

    /// A target in the object's own namespace.
    fn named(&mut self, group: &str, kind: &str, name: Option<&Node>, verb: &'static str) {
        if let Some(name) = name {
            self.push(Reference {
                namespace: self.namespace.clone(),
                ..Reference::to(group, kind, name, verb)
            });
        }
    }

    /// A ConfigMap or Secret in the object's own namespace, and the one key of it that is read.
    fn keyed(&mut self, kind: &str, name: Option<&Node>, key: Option<&Node>, verb: &'static str) {
        let Some(name) = name else { return };
        let mut reference = Reference {
            namespace: self.namespace.clone(),
            ..Reference::to("", kind, name, verb)
        };
        if let Some(key) = key {
            let text = key.as_str();
            reference.key = text.map(|it| Sourced::new(it.to_owned(), key.origins.clone()));
            reference.origins = key.origins.clone().and(&name.origins);
        }
        self.push(reference);
    }

    fn storage_class(&mut self, name: Option<&Node>) {
        // An empty name is not a class: it asks for a volume that somebody made by hand.
        self.cluster("storage.k8s.io", "StorageClass", name, "is stored by");
    }
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
