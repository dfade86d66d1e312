//! Kubernetes objects: what identifies one, and the parts that every stage asks for.

use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer};

use super::{
    ParseError,
    catalogue::{self, Scope},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes, did_you_mean},
    document::Node,
};

/// What tells an object of a cluster from all others. The version of the API is not a part of it:
/// the server converts between versions.
///
/// It is written `KIND/NAMESPACE/NAME`, or `KIND/NAME` on the cluster. The group is left out of
/// kinds of the core and of kinds that only one group of the catalogue has; it is written
/// `KIND.GROUP/…` for all others, as `kubectl` writes it, and may always be written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The group of the API, such as `apps`; empty for the core.
    pub group: String,
    /// The kind, such as `Deployment`.
    pub kind: String,
    /// The namespace; none for objects of the cluster.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl Identity {
    /// What identifies the object that a document is.
    ///
    /// # Errors
    /// When it is none: `apiVersion`, `kind` or `metadata.name` are missing or no text.
    pub fn of(node: &Node) -> Result<Self, Diagnostics> {
        let text = |path: &[&str]| match node.str_at(path.iter().copied()) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(Diagnostics::from(
                Diagnostic::error(
                    codes::MANIFEST,
                    format!(
                        "this is not a Kubernetes object: it lacks `{}`",
                        path.join(".")
                    ),
                )
                .at_node(node.at(path.iter().copied()).unwrap_or(node), ""),
            )),
        };
        let api_version = text(&["apiVersion"])?;
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        Ok(Self {
            group: group.to_owned(),
            kind: text(&["kind"])?,
            namespace: text(&["metadata", "namespace"]).ok(),
            name: text(&["metadata", "name"])?,
        })
    }

    /// An object of the cluster; the group is empty for the core.
    #[must_use]
    pub fn of_cluster(group: &str, kind: &str, name: impl Into<String>) -> Self {
        Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            name: name.into(),
        }
    }

    /// An object in a namespace; the group is empty for the core.
    #[must_use]
    pub fn in_namespace(
        group: &str,
        kind: &str,
        namespace: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            namespace: Some(namespace.into()),
            ..Self::of_cluster(group, kind, name)
        }
    }

    /// A custom resource definition, which is called `PLURAL.GROUP`.
    #[must_use]
    pub fn of_definition(name: impl Into<String>) -> Self {
        Self::of_cluster("apiextensions.k8s.io", "CustomResourceDefinition", name)
    }
}

impl Identity {
    /// Where the template of a workload's pods stands.
    #[must_use]
    pub fn template_path(&self) -> Option<&'static [&'static str]> {
        match (self.group.as_str(), self.kind.as_str()) {
            ("", "Pod") => Some(&[]),
            ("", "PodTemplate") => Some(&["template"]),
            ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
            | ("batch", "Job")
            | ("", "ReplicationController") => Some(&["spec", "template"]),
            ("batch", "CronJob") => Some(&["spec", "jobTemplate", "spec", "template"]),
            _ => None,
        }
    }

    /// The resource of the API that the object is one of: the plural of its kind, as Kubernetes guesses
    /// it (apimachinery, `UnsafeGuessKindToResource`), and the group, as in `deployments.apps`.
    #[must_use]
    pub fn resource(&self) -> String {
        let kind = self.kind.to_ascii_lowercase();
        let plural = match kind.strip_suffix('y') {
            Some(stem) if !kind.ends_with("ay") => format!("{stem}ies"),
            _ if kind.ends_with('s') => format!("{kind}es"),
            _ => format!("{kind}s"),
        };
        match self.group.as_str() {
            "" => plural,
            group => format!("{plural}.{group}"),
        }
    }

    /// The name of a file that holds the object alone, such as `configmap-settings.yaml`; with the group where
    /// two groups have a kind of one name.
    #[must_use]
    pub fn file_name(&self, group: Option<&str>) -> String {
        let kind = self.kind.to_ascii_lowercase();
        let group = group.map_or_else(String::new, |group| format!(".{group}"));
        // The only character that names of some kinds have and paths must not: `system:node`.
        let name = self.name.replace(':', "%3A");
        format!("{kind}{group}-{name}.yaml")
    }

    /// Whether a custom resource definition may define the kind. Its name is the kind's plural and the
    /// group, and plurals have no rule but that they begin like the kind.
    #[must_use]
    pub fn may_be_defined_by(&self, definition: &str) -> bool {
        let plural = definition
            .strip_suffix(self.group.as_str())
            .and_then(|it| it.strip_suffix('.'));
        let kind = self.kind.to_ascii_lowercase();
        // The last letter may change: policy, policies.
        let stem = kind.strip_suffix(|_: char| true).unwrap_or_default();
        plural.is_some_and(|plural| plural.starts_with(stem))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.kind)?;
        if catalogue::default_group(&self.kind) != Some(&self.group) && !self.group.is_empty() {
            write!(formatter, ".{}", self.group)?;
        }
        if let Some(namespace) = &self.namespace {
            write!(formatter, "/{namespace}")?;
        }
        write!(formatter, "/{}", self.name)
    }
}

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Identity {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Identity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "object-identity",
            "description": "An object: Kind/namespace/name, or Kind/name for one without a namespace.",
            "pattern": "^[A-Za-z0-9]+(\\.[-a-z0-9.]+)?(/[^/]+){1,2}$",
            "examples": ["Deployment/jupyterhub-users/spark-connect-analytics", "StorageClass/gp3"],
        })
    }
}

impl FromStr for Identity {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut parts = text.split('/');
        let (kind, namespace, name) = match (parts.next(), parts.next(), parts.next(), parts.next())
        {
            (Some(kind), Some(name), None, None) => (kind, None, name),
            (Some(kind), Some(namespace), Some(name), None) => (kind, Some(namespace), name),
            _ => {
                return Err(ParseError(format!(
                    "`{text}` is not an object; one is written `KIND/NAMESPACE/NAME`, or `KIND/NAME` \
                     when it lives in no namespace"
                )));
            }
        };
        if kind.is_empty() || name.is_empty() || namespace == Some("") {
            return Err(ParseError(format!("`{text}` has an empty part")));
        }
        let (kind, group) = match kind.split_once('.') {
            Some((kind, group)) => (kind, group),
            None => (kind, group_of(kind)?),
        };
        match (catalogue::scope(group, kind), namespace) {
            (Some(Scope::Namespaced), None) => Err(ParseError(format!(
                "a {kind} lives in a namespace; write `{kind}/NAMESPACE/{name}`"
            ))),
            (Some(Scope::Cluster), Some(_)) => Err(ParseError(format!(
                "a {kind} lives in no namespace; write `{kind}/{name}`"
            ))),
            _ => Ok(Self {
                group: group.to_owned(),
                kind: kind.to_owned(),
                namespace: namespace.map(str::to_owned),
                name: name.to_owned(),
            }),
        }
    }
}

fn group_of(kind: &str) -> Result<&'static str, ParseError> {
    catalogue::default_group(kind).ok_or_else(|| {
        let meant = did_you_mean(kind, catalogue::kinds());
        ParseError(match meant {
            Some(meant) => format!("there is no kind `{kind}`; did you mean `{meant}`?"),
            None => format!("`{kind}` is not a known kind; write its group too: `{kind}.GROUP`"),
        })
    })
}

/// A Kubernetes object: a document that has an API version, a kind and a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    node: Node,
    identity: Identity,
}

impl Object {
    /// Takes a document for an object.
    ///
    /// # Errors
    /// As [`Identity::of`].
    pub fn new(node: Node) -> Result<Self, Diagnostics> {
        let identity = Identity::of(&node)?;
        Ok(Self { node, identity })
    }

    /// What identifies the object.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The document.
    #[must_use]
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// The document, for what takes the object apart or changes what identifies it.
    #[must_use]
    pub fn into_node(self) -> Node {
        self.node
    }

    /// The group and version of the API, such as `apps/v1` or `v1`.
    #[must_use]
    pub fn api_version(&self) -> &str {
        self.node
            .str_at(["apiVersion"])
            .expect("an object has an API version since it was made")
    }

    /// The version of the API without its group, such as `v1`.
    #[must_use]
    pub fn version(&self) -> &str {
        let all = self.api_version();
        all.split_once('/').map_or(all, |(_, version)| version)
    }

    /// Where the kind lives; none when the catalogue does not know it.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        catalogue::scope(&self.identity.group, &self.identity.kind)
    }

    /// Whether it is a workload of its own, and not a patch that another tool merges with one, or a
    /// template of a pod that somebody completes.
    #[must_use]
    pub fn is_whole_workload(&self) -> bool {
        let Some(template) = self.pod_template() else {
            return false;
        };
        let has_selector = self.node.at(["spec", "selector"]).is_some();
        let containers = template.node.list_at(["spec", "containers"]);
        self.identity.kind != "PodTemplate"
            && (self.identity.group != "apps" || has_selector)
            && !containers.is_empty()
            && containers.iter().all(|it| it.get("image").is_some())
    }

    /// Whether deleting the object would lose data, or everything that lives in it.
    #[must_use]
    pub fn holds_data(&self) -> bool {
        match self.identity.kind.as_str() {
            "Namespace"
            | "CustomResourceDefinition"
            | "PersistentVolumeClaim"
            | "PersistentVolume" => true,
            "StatefulSet" => !self
                .node
                .list_at(["spec", "volumeClaimTemplates"])
                .is_empty(),
            _ => false,
        }
    }

    /// Changes the document. When that touched what identifies the object, it is put back, and the answer is
    /// `false`.
    pub fn edit(&mut self, edit: impl FnOnce(&mut Node)) -> bool {
        let api_version = self.api_version().to_owned();
        edit(&mut self.node);
        if Identity::of(&self.node).is_ok_and(|it| it == self.identity) {
            return true;
        }
        let root = self.node.entry_at(&[]);
        root.insert("apiVersion", api_version);
        root.insert("kind", &self.identity.kind);
        let metadata = root.entry_at(&["metadata"]);
        metadata.insert("name", &self.identity.name);
        match &self.identity.namespace {
            Some(namespace) => metadata.insert("namespace", namespace),
            None => metadata.remove("namespace"),
        }
        false
    }

    /// Gives the object another name.
    pub fn rename(&mut self, name: Node) {
        name.as_str()
            .unwrap_or_default()
            .clone_into(&mut self.identity.name);
        self.replace(&["metadata", "name"], name);
    }

    /// Replaces the value at the end of a path that exists. What identifies the object stays.
    pub fn replace(&mut self, path: &[&str], value: Node) {
        let mut path = path.iter();
        let found = path.try_fold(&mut self.node, |node, key| {
            node.as_map_mut().and_then(|map| map.get_mut(*key))
        });
        if let Some(found) = found {
            *found = value;
        }
    }

    /// Puts the object into a namespace.
    pub fn assign_namespace(&mut self, namespace: &str) {
        self.node
            .entry_at(&["metadata"])
            .insert("namespace", namespace);
        self.identity.namespace = Some(namespace.to_owned());
    }

    /// The labels.
    pub fn labels(&self) -> impl Iterator<Item = (&String, &Node)> {
        entries(self.node.at(["metadata", "labels"]))
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.node.str_at(["metadata", "labels", key])
    }

    /// Sets a label of the object.
    pub fn set_label(&mut self, key: impl Into<String>, value: impl Into<Node>) {
        let labels = self.node.entry_at(&["metadata", "labels"]);
        labels.insert(key, value);
    }

    /// The annotations.
    pub fn annotations(&self) -> impl Iterator<Item = (&String, &Node)> {
        entries(self.node.at(["metadata", "annotations"]))
    }

    /// The value of an annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.node.str_at(["metadata", "annotations", key])
    }

    /// Sets an annotation of the object.
    pub fn annotate(&mut self, key: impl Into<String>, value: impl Into<Node>) {
        let annotations = self.node.entry_at(&["metadata", "annotations"]);
        annotations.insert(key, value);
    }

    /// Sets an annotation of the pods that the object makes, which rolls them when it changes.
    /// Does nothing to an object that makes none.
    pub fn annotate_pods(&mut self, key: impl Into<String>, value: impl Into<Node>) {
        if let Some(path) = self.identity.template_path() {
            let template = self.node.entry_at(path);
            let annotations = template.entry_at(&["metadata", "annotations"]);
            annotations.insert(key, value);
        }
    }

    /// The pods that the object makes: the template of a workload, or a Pod itself.
    #[must_use]
    pub fn pod_template(&self) -> Option<PodTemplate<'_>> {
        let path = self.identity.template_path()?;
        Some(PodTemplate {
            path,
            node: self.node.at(path.iter().copied())?,
        })
    }
}

fn entries(node: Option<&Node>) -> impl Iterator<Item = (&String, &Node)> {
    node.into_iter().flat_map(Node::entries)
}

/// The pods that an object makes.
#[derive(Clone, Copy, Debug)]
pub struct PodTemplate<'a> {
    /// The keys from the object to the template; empty for a Pod.
    pub path: &'static [&'static str],
    /// The template: `metadata` and `spec`.
    pub node: &'a Node,
}

impl<'a> PodTemplate<'a> {
    /// The specification of the pods.
    #[must_use]
    pub fn spec(&self) -> Option<&'a Node> {
        self.node.get("spec")
    }

    /// The labels of the pods.
    pub fn labels(&self) -> impl Iterator<Item = (&'a String, &'a Node)> + use<'a> {
        entries(self.node.at(["metadata", "labels"]))
    }

    /// The annotations of the pods.
    pub fn annotations(&self) -> impl Iterator<Item = (&'a String, &'a Node)> + use<'a> {
        entries(self.node.at(["metadata", "annotations"]))
    }

    /// The `ServiceAccount` as whose the pods run: `default` when none is named.
    #[must_use]
    pub fn service_account(&self) -> &'a str {
        self.node
            .str_at(["spec", "serviceAccountName"])
            .unwrap_or("default")
    }

    /// The containers, those that run first in front.
    pub fn containers(&self) -> impl Iterator<Item = Container<'a>> + use<'a> {
        let of = |role: ContainerRole, node: &'a Node| {
            let containers = node.list_at(["spec", role.field()]);
            containers.iter().map(move |node| Container { role, node })
        };
        of(ContainerRole::Init, self.node).chain(of(ContainerRole::Main, self.node))
    }
}

/// When a container runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerRole {
    /// Before the others, or beside them when it restarts always.
    Init,
    /// As what the pod is for.
    Main,
}

impl ContainerRole {
    /// The field of a pod's specification.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Main => "containers",
        }
    }
}

/// A container of a pod.
#[derive(Clone, Copy, Debug)]
pub struct Container<'a> {
    /// When it runs.
    pub role: ContainerRole,
    /// The container.
    pub node: &'a Node,
}

impl<'a> Container<'a> {
    /// The name; empty when it has none, which validation reports.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.node.str_at(["name"]).unwrap_or_default()
    }

    /// The image.
    #[must_use]
    pub fn image(&self) -> Option<&'a str> {
        self.node.str_at(["image"])
    }

    /// An environment variable that the manifest sets.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&'a Node> {
        let variables = self.node.list_at(["env"]);
        variables
            .iter()
            .find(|it| it.str_at(["name"]) == Some(name))
    }

    /// The environment variables by their names.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<&'a str, &'a Node> {
        let mut variables = BTreeMap::new();
        for variable in self.node.list_at(["env"]) {
            if let Some(name) = variable.str_at(["name"]) {
                variables.entry(name).or_insert(variable);
            }
        }
        variables
    }
}
