//! What components make: objects, the traffic they need, and what must exist beforehand.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Offers,
    offers::{self, Image},
    workload::as_text,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics},
    document::{Node, Origin, Origins, Sourced, Sources},
    graph::Layer,
    kubernetes::Identity,
    render::{Context, Template, jinja::to_template, template},
};

/// Collects what components make.
pub struct Build<'a> {
    sources: &'a Sources,
    /// What was made so far.
    pub parts: &'a mut Parts,
}

/// Everything that the components of one spec made.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// The objects, in the order of the components.
    pub objects: Vec<Made>,
    /// The workloads, for which network policies are made; also those of others in closed namespaces.
    pub workloads: Vec<Workload>,
    /// The traffic that must get through.
    pub flows: Vec<Flow>,
    /// The pods that call the API server.
    pub api_server_clients: Vec<(Pods, Origins)>,
    /// What the cluster must already hold.
    pub prerequisites: Vec<Prerequisite>,
    /// Documents inside texts, which patches change as if they were objects.
    pub embedded: Vec<Embedded>,
    /// Files for other tools, by their path in the output.
    pub hand_over: BTreeMap<String, Node>,
    /// What changes objects in the end.
    pub patches: Vec<Patch>,
    /// Whether objects are missing, of parts that could not be read or built, so that nothing follows
    /// from an object's absence.
    pub lacks_objects: bool,
    /// The objects of which a patch could not do what it says, so that they are not as they are meant.
    pub unpatched: BTreeSet<Identity>,
    /// What is wrong.
    pub diagnostics: Diagnostics,
}

/// An object with its place in the platform.
#[derive(Clone, Debug)]
pub struct Made {
    /// The object.
    pub node: Node,
    /// The layer of its role.
    pub layer: Layer,
    /// The table that asked for it, which is what made its constants.
    pub because: Origins,
    /// The template it was rendered from; none for raw manifests.
    pub template: Option<&'static str>,
    /// Whether its name has to end in a digest of what it says, and what that digest covers beside.
    pub named_by_content: Option<Vec<Node>>,
}

/// A document that stands in a text of a `ConfigMap`.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// The document.
    pub node: Node,
    /// What patches call it.
    pub target: Identity,
    /// The `ConfigMap`.
    pub holder: Identity,
    /// The key of the text in its data.
    pub key: String,
    /// Whether another tool applies it as an object, which is checked like the rest.
    pub is_object: bool,
    /// Where in it the list of texts is whose expressions Airflow fills in; nothing when it fills in none.
    pub expressions: Option<&'static [&'static str]>,
    /// The table that asked for it.
    pub because: Origins,
}

impl Embedded {
    /// The text for its holder, with what is wrong with expressions in it.
    #[must_use]
    pub fn text(&self) -> (Node, Diagnostics) {
        match self.expressions {
            Some(path) => {
                let (template, faults) = to_template(&self.node, path);
                (as_text(&template), faults)
            }
            None => (as_text(&self.node), Diagnostics::default()),
        }
    }
}

impl From<Embedded> for Made {
    fn from(embedded: Embedded) -> Self {
        Self {
            node: embedded.node,
            layer: Layer::Workloads,
            because: embedded.because,
            template: None,
            named_by_content: None,
        }
    }
}

/// A change of one object.
#[derive(Clone, Debug)]
pub struct Patch {
    /// The object.
    pub target: Sourced<Identity>,
    /// A merge patch (RFC 7386).
    pub merge: Option<Node>,
    /// The operations of a JSON patch (RFC 6902).
    pub operations: Option<Node>,
    /// The table that states it.
    pub because: Origins,
}

/// Pods with a network policy: those that kiln emits or that Spark spawns for it, and those of others at
/// the end of a flow.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The name of its network policy.
    pub name: String,
    /// Its pods.
    pub pods: Pods,
    /// Whether they are those of others: pods of kiln's own that have the same labels are none of them.
    pub is_of_others: bool,
    /// The table that asked for it.
    pub because: Origins,
}

/// A set of pods.
#[derive(Clone, Debug, PartialEq)]
pub struct Pods {
    /// Their namespace.
    pub namespace: Sourced<String>,
    /// Labels that all of them carry.
    pub labels: BTreeMap<String, Sourced<String>>,
}

/// An end of a flow.
#[derive(Clone, Debug, PartialEq)]
pub enum Peer {
    /// Pods of this cluster.
    Pods(Pods),
    /// Addresses, as blocks such as `192.0.2.0/24`.
    Addresses(Vec<Sourced<String>>),
    /// Any address but those at which a cloud hands out a node's credentials.
    Anywhere,
    /// Any public address.
    Internet,
}

impl Peer {
    /// The hosts of some blocks, which may be any where none is named.
    pub fn blocks(blocks: impl IntoIterator<Item = Sourced<String>>) -> Self {
        let blocks: Vec<_> = blocks.into_iter().collect();
        if blocks.is_empty() {
            Self::Anywhere
        } else {
            Self::Addresses(blocks)
        }
    }
}

/// A TCP or UDP port, or a range of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// `TCP` or `UDP`.
    pub protocol: &'static str,
    /// The port, or the first of a range.
    pub first: Sourced<u16>,
    /// The last of a range.
    pub last: Option<Sourced<u16>>,
}

impl Port {
    /// One TCP port.
    #[must_use]
    pub const fn tcp(port: u16) -> Self {
        Self {
            protocol: "TCP",
            first: Sourced::constant(port),
            last: None,
        }
    }

    /// One UDP port.
    #[must_use]
    pub fn udp(port: u16) -> Self {
        Self {
            protocol: "UDP",
            ..Self::tcp(port)
        }
    }

    /// A range of TCP ports.
    #[must_use]
    pub const fn range(first: u16, last: Sourced<u16>) -> Self {
        Self {
            protocol: "TCP",
            first: Sourced::constant(first),
            last: Some(last),
        }
    }
}

/// Traffic that must get through.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Who opens the connection.
    pub from: Peer,
    /// Who listens.
    pub to: Peer,
    /// On which ports.
    pub ports: Vec<Port>,
    /// The table that asked for it.
    pub because: Origins,
}

/// Something that the cluster must already hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Prerequisite {
    /// The object.
    pub object: Identity,
    /// The keys that a Secret must have; empty when nobody stated them.
    pub keys: Vec<String>,
    /// Why it is needed, as a sentence without a full stop.
    pub why: String,
    /// The table that needs it.
    pub because: Origins,
}

impl<'a> Build<'a> {
    /// A collection without anything yet.
    pub fn new(parts: &'a mut Parts, sources: &'a Sources) -> Self {
        Self { sources, parts }
    }

    /// Renders an object into a layer.
    pub fn object(
        &mut self,
        layer: Layer,
        template: Template,
        because: &Origins,
        context: &Context,
    ) {
        let node = template.render(context);
        self.push(layer, template, because, node);
    }

    fn push(&mut self, layer: Layer, template: Template, because: &Origins, mut node: Node) {
        let metadata = node.as_map_mut().and_then(|map| map.get_mut("metadata"));
        let metadata = metadata.and_then(Node::as_map_mut);
        let labels = metadata
            .expect("every template has metadata")
            .entry("labels".to_owned())
            .or_insert_with(Node::map);
        labels.insert("app.kubernetes.io/managed-by", "kiln");
        self.parts.objects.push(Made {
            node,
            layer,
            because: because.clone(),
            template: Some(template.name),
            named_by_content: None,
        });
    }

    /// Renders an object whose name ends in a digest of what it says, of the `ConfigMap`s that it reads,
    /// and of what else it depends on.
    ///
    /// For objects whose change nobody would act on once they exist: new content is a new object.
    pub fn content_named(
        &mut self,
        layer: Layer,
        template: Template,
        because: &Origins,
        context: &Context,
        depends_on: Vec<Node>,
    ) {
        self.object(layer, template, because, context);
        if let Some(made) = self.parts.objects.last_mut() {
            made.named_by_content = Some(depends_on);
        }
    }

    /// The object that was made last, for another that depends on its content.
    #[must_use]
    pub fn last_object(&self) -> &Node {
        let last = self.parts.objects.last();
        &last
            .expect("a component asks for what it has just made")
            .node
    }

    /// Declares that pods call the API server.
    pub fn api_server_flow(&mut self, pods: Pods, because: &Origins) {
        self.parts.api_server_clients.push((pods, because.clone()));
    }

    /// Renders a document that goes into another object, such as a pod template in a ConfigMap.
    pub fn document(&mut self, template: Template, context: &Context) -> Node {
        template.render(context)
    }

    /// Declares that a document stands in a text.
    pub fn embedded(&mut self, embedded: Embedded) {
        self.parts.embedded.push(embedded);
    }

    /// Adds an object that was not rendered here.
    pub fn raw(&mut self, layer: Layer, because: &Origins, node: Node) {
        self.parts.objects.push(Made {
            node,
            layer,
            because: because.clone(),
            template: None,
            named_by_content: None,
        });
    }

    /// Declares pods that need a network policy.
    pub fn workload(&mut self, name: impl Into<String>, pods: Pods, because: &Origins) {
        self.parts.workloads.push(Workload {
            name: name.into(),
            pods,
            is_of_others: false,
            because: because.clone(),
        });
    }

    /// Declares pods of others, at an end of a flow. They need a policy where the namespace is closed.
    pub fn others(&mut self, name: String, pods: &Pods, offers: &Offers, because: &Origins) {
        let namespace = offers.namespaces.get(pods.namespace.as_str());
        if namespace.is_some_and(offers::Namespace::is_closed) {
            self.parts.workloads.push(Workload {
                name,
                pods: pods.clone(),
                is_of_others: true,
                because: because.clone(),
            });
        }
    }

    /// Declares traffic that must get through.
    pub fn flow(&mut self, from: Peer, to: Peer, ports: Vec<Port>, because: &Origins) {
        self.parts.flows.push(Flow {
            from,
            to,
            ports,
            because: because.clone(),
        });
    }

    /// Declares what the cluster must already hold.
    pub fn prerequisite(&mut self, prerequisite: Prerequisite) {
        self.parts.prerequisites.push(prerequisite);
    }

    /// Whether somebody wrote the value, rather than the schema having filled in its default.
    #[must_use]
    pub fn is_written(&self, origins: &Origins) -> bool {
        let written = |id| matches!(self.sources.origin(id), Origin::Spec { .. });
        origins.iter().any(written)
    }

    /// Says that something is wrong.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.parts.diagnostics.push(diagnostic);
    }
}

/// What `restricted` asks of a pod.
const POD_SECURITY: Template = template!("components/templates/pod-security.yaml.hbs");
/// What `restricted` asks of a container, and a root that cannot be written.
const CONTAINER_SECURITY: Template = template!("components/templates/container-security.yaml.hbs");

/// The label by which kiln's own selectors find the pods of a workload.
pub const WORKLOAD_LABEL: &str = "kiln/workload";

/// The pods of a workload of kiln's own.
#[must_use]
pub fn pods_of(namespace: &Node, workload: &str) -> Pods {
    let name = namespace.as_str().unwrap_or_default().to_owned();
    Pods {
        namespace: Sourced::new(name, namespace.origins.clone()),
        labels: [(
            WORKLOAD_LABEL.to_owned(),
            Sourced::constant(workload.to_owned()),
        )]
        .into(),
    }
}

impl Context {
    /// What every pod says of its image, and the user that goes with it.
    #[must_use]
    pub fn image(self, image: &Image, offers: &Offers, out: &mut Build<'_>) -> Self {
        let pull_secret = image.pull_secret.as_ref().map(|secret| {
            let name = &offers.secret(secret).name;
            name.clone().because(&secret.origins)
        });
        let user = Self::new().value("user", &image.user);
        self.value("image", &image.reference)
            .value("pull_policy", &image.pull_policy)
            .optional("pull_secret", pull_secret)
            .value("pod_security", out.document(POD_SECURITY, &user))
            .value(
                "container_security",
                out.document(CONTAINER_SECURITY, &Self::new()),
            )
    }
}
