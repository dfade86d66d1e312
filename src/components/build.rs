//! What a component builds with: it renders templates and declares what they need.

use super::{Offers, offers};
use crate::{
    diagnostics::Diagnostic,
    document::{Arithmetic, Node, Origin, OriginId, Origins, Sourced, Sources},
    kubernetes::Identity,
    manifests::{
        Embedded, Flow, Layer, Manifest, Manifests, Peer, PodSettings, Pods, Port, Prerequisite,
        Workload,
    },
    render::{Context, Template},
};

/// Collects what components make.
pub struct Build<'a> {
    sources: &'a Sources,
    /// What was made so far.
    pub manifests: &'a mut Manifests,
}

/// An object that was just rendered, to which more can be said; none when the template made no object, which
/// is reported.
pub struct Rendered<'a>(Option<&'a mut Manifest>);

impl Rendered<'_> {
    /// Says what its pods have alike.
    pub fn pods(self, settings: PodSettings) -> Self {
        self.with(|it| it.pods = Some(settings))
    }

    /// Ends its name in a digest of what it says, of the `ConfigMap`s that it reads, and of what else it depends
    /// on.
    ///
    /// For objects whose change nobody would act on once they exist: new content is a new object.
    pub fn named_by_content(self, depends_on: Vec<Node>) -> Self {
        self.with(|it| it.named_by_content = Some(depends_on))
    }

    /// Rolls its pods when another object's pods roll.
    pub fn rolls_with(self, annotation: &'static str, object: Identity) -> Self {
        self.with(|it| it.rolls_with = Some((annotation, object)))
    }

    fn with(mut self, say: impl FnOnce(&mut Manifest)) -> Self {
        if let Some(manifest) = &mut self.0 {
            say(manifest);
        }
        self
    }
}

impl<'a> Build<'a> {
    /// A collection without anything yet.
    pub fn new(manifests: &'a mut Manifests, sources: &'a Sources) -> Self {
        Self { sources, manifests }
    }

    /// Renders an object into a layer.
    pub fn object(
        &mut self,
        layer: Layer,
        template: Template,
        origins: &Origins,
        context: &Context,
    ) -> Rendered<'_> {
        Rendered(self.manifests.render(layer, template, origins, context))
    }

    /// Declares that pods call the API server.
    pub fn api_server_flow(&mut self, pods: Pods, origins: &Origins) {
        self.manifests
            .api_server_clients
            .push((pods, origins.clone()));
    }

    /// Renders a document that goes into another object, such as a pod template in a ConfigMap.
    pub fn document(&mut self, template: Template, context: &Context) -> Node {
        template.render(context)
    }

    /// Declares that a document stands in a text.
    pub fn embedded(&mut self, embedded: Embedded) {
        self.manifests.embedded.push(embedded);
    }

    /// Adds an object that was not rendered here.
    pub fn raw(&mut self, layer: Layer, origins: &Origins, node: Node) {
        self.manifests.add(layer, origins, node, None);
    }

    /// Declares pods that need a network policy.
    pub fn workload(&mut self, name: impl Into<String>, pods: Pods, origins: &Origins) {
        self.manifests.workloads.push(Workload {
            name: name.into(),
            pods,
            is_of_others: false,
            origins: origins.clone(),
        });
    }

    /// Declares pods of others, at an end of a flow. They need a policy where the namespace is closed.
    pub fn others(&mut self, name: String, pods: &Pods, offers: &Offers, origins: &Origins) {
        let namespace = offers.namespaces.get(pods.namespace.as_str());
        if namespace.is_some_and(offers::Namespace::is_closed) {
            self.manifests.workloads.push(Workload {
                name,
                pods: pods.clone(),
                is_of_others: true,
                origins: origins.clone(),
            });
        }
    }

    /// Declares traffic that must get through.
    pub fn flow(&mut self, from: Peer, to: Peer, ports: Vec<Port>, origins: &Origins) {
        self.manifests.flows.push(Flow {
            from,
            to,
            ports,
            origins: origins.clone(),
        });
    }

    /// Declares what the cluster must already hold.
    pub fn prerequisite(&mut self, prerequisite: Prerequisite) {
        self.manifests.prerequisites.push(prerequisite);
    }

    /// A value with how it was computed of what made it. Where nothing in a spec did, there is nothing to say.
    pub fn computed<T>(&mut self, value: Sourced<T>, how: Arithmetic) -> Sourced<T> {
        if value.origins.is_empty() {
            return value;
        }
        let id = self.sources.later_id(self.manifests.arithmetic.len());
        self.manifests.arithmetic.push(how);
        value.chosen_by(&id.into())
    }

    /// Whether somebody wrote the value, rather than the schema having filled in its default.
    #[must_use]
    pub fn is_written(&self, origins: &Origins) -> bool {
        let is_read = |id: &OriginId| *id < self.sources.next_id();
        let written = |id| matches!(self.sources.origin(id), Origin::Spec { .. });
        origins.iter().filter(is_read).any(written)
    }

    /// Says that something is wrong.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.manifests.diagnostics.push(diagnostic);
    }
}
