//! What the components of a spec make, before it is a graph: objects, the traffic they need, and what must
//! exist beforehand.

mod content_name;
mod layer;
mod pod_options;
mod pods;

pub use content_name::{CONTENT_DIGITS, CONTENT_SUFFIX, content_stem};
pub use layer::Layer;
pub use pod_options::{
    DnsPolicy, Domain, PodDns, PodOptions, Security, Spread, Variable, VariableKey, Volume,
    VolumeKind,
};
pub use pods::{
    BatchScheduler, NodePools, PodPlan, PodQueue, PodSettings, ScratchSource, ScratchVolume,
};

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diagnostics::Diagnostics,
    document::{Arithmetic, Node, Origins, Sourced},
    kubernetes::{Identity, Object},
    render::{Context, Template, jinja::to_template},
    yaml::to_text,
};

/// Everything that the components of one spec make.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    /// The objects, in the order of the components.
    pub objects: Vec<Manifest>,
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
    /// Files for other tools.
    pub handed_over: Vec<HandedOver>,
    /// What changes objects in the end.
    pub patches: Vec<Patch>,
    /// Whether objects are missing, of parts that could not be read or built, so that nothing follows
    /// from an object's absence.
    pub lacks_objects: bool,
    /// The objects of which a patch could not do what it says, so that they are not as they are meant.
    pub unpatched: BTreeSet<Identity>,
    /// How numbers were computed, in the order of their identifiers, which follow on those of what was read.
    pub arithmetic: Vec<Arithmetic>,
    /// What keeps documents from being objects. Nothing refers to those, so nothing is missing for others.
    pub not_objects: Diagnostics,
    /// What is wrong.
    pub diagnostics: Diagnostics,
}

impl Manifests {
    /// Renders an object into a layer.
    pub fn render(
        &mut self,
        layer: Layer,
        template: Template,
        origins: &Origins,
        context: &Context,
    ) -> Option<&mut Manifest> {
        self.add(
            layer,
            origins,
            template.render(context),
            Some(template.name),
        )
    }

    /// Adds an object, or reports what keeps the document from being one.
    pub fn add(
        &mut self,
        layer: Layer,
        origins: &Origins,
        node: Node,
        template: Option<&'static str>,
    ) -> Option<&mut Manifest> {
        match Object::new(node) {
            Ok(object) => {
                self.objects
                    .push(Manifest::new(object, layer, origins.clone(), template));
                self.objects.last_mut()
            }
            Err(faults) => {
                self.not_objects.append(faults);
                None
            }
        }
    }

    /// The documents inside texts that another tool applies as objects.
    pub fn take_embedded_objects(&mut self) -> Vec<Manifest> {
        let mut found = Vec::new();
        for embedded in std::mem::take(&mut self.embedded) {
            if !embedded.is_object {
                continue;
            }
            let layer = Layer::Workloads;
            match Object::new(embedded.node) {
                Ok(object) => found.push(Manifest::new(object, layer, embedded.origins, None)),
                Err(faults) => self.diagnostics.append(faults),
            }
        }
        found
    }
}

/// An object with its place in the platform.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The object.
    pub object: Object,
    /// The layer of its role.
    pub layer: Layer,
    /// The table that asked for it, which is what made its constants.
    pub origins: Origins,
    /// The template it was rendered from; none for raw manifests.
    pub template: Option<&'static str>,
    /// Whether its name has to end in a digest of what it says, and what that digest covers beside.
    pub named_by_content: Option<Vec<Node>>,
    /// Another object with whose pods its own have to roll, and the annotation for that.
    pub rolls_with: Option<(&'static str, Identity)>,
    /// What its pods have alike, where kiln decides it.
    pub pods: Option<PodSettings>,
}

impl Manifest {
    /// An object of which nothing more is said.
    const fn new(
        object: Object,
        layer: Layer,
        origins: Origins,
        template: Option<&'static str>,
    ) -> Self {
        Self {
            object,
            layer,
            origins,
            template,
            named_by_content: None,
            rolls_with: None,
            pods: None,
        }
    }
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
    /// What its pods have alike.
    pub pods: Option<PodSettings>,
    /// The table that asked for it.
    pub origins: Origins,
    /// What chose that it is there.
    pub chosen_by: Origins,
}

impl Embedded {
    /// The text for its holder, with what is wrong with expressions in it.
    #[must_use]
    pub fn text(&self) -> (Node, Diagnostics) {
        let (mut text, faults) = match self.expressions {
            Some(path) => {
                let (template, faults) = to_template(&self.node, path);
                (to_text(&template), faults)
            }
            None => (to_text(&self.node), Diagnostics::default()),
        };
        text.choose(&self.chosen_by);
        (text, faults)
    }
}

/// A document for another tool.
#[derive(Clone, Debug)]
pub struct HandedOver {
    /// Its path in the output.
    pub path: String,
    /// What it says.
    pub node: Node,
    /// What the spec says of the pods that the other tool makes.
    pub pods: PodPlan,
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
    pub origins: Origins,
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
    pub origins: Origins,
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
    pub origins: Origins,
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
    pub origins: Origins,
}

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
