//! Fields that an object keeps for as long as it exists.

use super::{Identity, Quantity};
use crate::document::Node;

/// The fields of one kind that the API server refuses to change, by their paths.
struct Row {
    group: &'static str,
    kind: &'static str,
    fields: &'static [&'static [&'static str]],
}

/// From the validation of Kubernetes 1.34: <https://github.com/kubernetes/kubernetes/tree/v1.34.0/pkg/apis>,
/// `ValidateStatefulSetUpdate` and its neighbours.
const TABLE: [Row; 13] = [
    Row {
        group: "apps",
        kind: "StatefulSet",
        fields: &[
            &["spec", "volumeClaimTemplates"],
            &["spec", "serviceName"],
            &["spec", "selector"],
            &["spec", "podManagementPolicy"],
        ],
    },
    Row {
        group: "apps",
        kind: "Deployment",
        fields: SELECTOR,
    },
    Row {
        group: "apps",
        kind: "DaemonSet",
        fields: SELECTOR,
    },
    Row {
        group: "apps",
        kind: "ReplicaSet",
        fields: SELECTOR,
    },
    Row {
        group: "batch",
        kind: "Job",
        fields: &[
            &["spec", "selector"],
            &["spec", "template"],
            &["spec", "completionMode"],
            &["spec", "podFailurePolicy"],
        ],
    },
    Row {
        group: "",
        kind: "Service",
        fields: &[CLUSTER_IP],
    },
    Row {
        group: "",
        kind: "PersistentVolumeClaim",
        fields: &[
            &["spec", "accessModes"],
            &["spec", "storageClassName"],
            &["spec", "volumeMode"],
            &["spec", "volumeName"],
            &["spec", "selector"],
            &["spec", "dataSource"],
            STORAGE,
        ],
    },
    Row {
        group: "",
        kind: "Secret",
        fields: &[&["type"]],
    },
    Row {
        group: "rbac.authorization.k8s.io",
        kind: "RoleBinding",
        fields: ROLE,
    },
    Row {
        group: "rbac.authorization.k8s.io",
        kind: "ClusterRoleBinding",
        fields: ROLE,
    },
    Row {
        group: "storage.k8s.io",
        kind: "StorageClass",
        fields: &[
            &["provisioner"],
            &["parameters"],
            &["reclaimPolicy"],
            &["volumeBindingMode"],
        ],
    },
    Row {
        group: "scheduling.k8s.io",
        kind: "PriorityClass",
        fields: &[&["value"], &["preemptionPolicy"]],
    },
    Row {
        group: "apiextensions.k8s.io",
        kind: "CustomResourceDefinition",
        fields: &[&["spec", "scope"]],
    },
];

const SELECTOR: &[&[&str]] = &[&["spec", "selector"]];
const ROLE: &[&[&str]] = &[&["roleRef"]];
const CLUSTER_IP: &[&str] = &["spec", "clusterIP"];
const STORAGE: &[&str] = &["spec", "resources", "requests", "storage"];
/// What a `ConfigMap` or a `Secret` keeps once it says `immutable`.
const DATA: [&[&str]; 4] = [&["data"], &["binaryData"], &["stringData"], &["immutable"]];

/// Whether a kind has such fields at all.
#[must_use]
pub fn has_immutable_fields(identity: &Identity) -> bool {
    let is_data = matches!(identity.kind.as_str(), "ConfigMap" | "Secret");
    row(identity).is_some() || is_data && identity.group.is_empty()
}

fn row(identity: &Identity) -> Option<&'static Row> {
    TABLE
        .iter()
        .find(|it| it.kind == identity.kind && it.group == identity.group)
}

/// A field whose change the API server would refuse.
#[derive(Debug)]
pub struct Change<'n> {
    /// The field, such as `spec.volumeClaimTemplates`.
    pub field: String,
    /// What the object says now, as deep inside the field as the two differ; none where it says nothing.
    pub new: Option<&'n Node>,
    /// The value around it, which is there in any case.
    pub around: &'n Node,
    /// What it said.
    pub old: Option<&'n Node>,
}

/// The fields that cannot become what they are to be.
#[must_use]
pub fn changes<'n>(identity: &Identity, old: &'n Node, new: &'n Node) -> Vec<Change<'n>> {
    let of_kind = row(identity).map_or(&[][..], |it| it.fields).iter();
    let is_frozen = old.get("immutable").and_then(Node::as_bool) == Some(true);
    let data = DATA.iter().filter(|_| is_frozen);
    of_kind
        .chain(data)
        .filter_map(|path| change(path, old, new))
        .collect()
}

fn change<'n>(path: &[&str], old: &'n Node, new: &'n Node) -> Option<Change<'n>> {
    let (was, is) = (at(old, path), at(new, path));
    let is_allowed = match (was, is) {
        // A claim may grow.
        (Some(was), Some(is)) if path == STORAGE => quantity(was) <= quantity(is),
        // The server gave it one, and keeps it when nothing is said any more.
        (_, None) if path == CLUSTER_IP => true,
        (Some(was), Some(is)) => was.to_json() == is.to_json(),
        (None, None) => true,
        _ => false,
    };
    if is_allowed {
        return None;
    }
    let (mut around, mut was, mut is) = (new, was, is);
    while let (Some(one), Some(other)) = (was, is) {
        let Some((one, inner)) = difference(one, other) else {
            break;
        };
        around = other;
        (was, is) = (one, inner);
    }
    Some(Change {
        field: path.join("."),
        new: is,
        around,
        old: was,
    })
}

fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    node.at(path.iter().copied())
}

/// The first entry in which two mappings or lists differ; none for other values.
fn difference<'n>(old: &'n Node, new: &'n Node) -> Option<(Option<&'n Node>, Option<&'n Node>)> {
    let differ = |(one, other): &(Option<&Node>, Option<&Node>)| {
        one.map(Node::to_json) != other.map(Node::to_json)
    };
    if let (Some(one), Some(other)) = (old.as_map(), new.as_map()) {
        let keys = other.keys().chain(one.keys());
        return keys.map(|key| (one.get(key), other.get(key))).find(differ);
    }
    let (one, other) = (old.items(), new.items());
    let length = one.len().max(other.len());
    (0..length)
        .map(|at| (one.get(at), other.get(at)))
        .find(differ)
}

fn quantity(node: &Node) -> Option<Quantity> {
    node.as_str()?.parse().ok()
}
