//! The platform as Kubernetes and Spark will see it, read from the objects alone.
//!
//! Checks look at this, so they hold for what kiln compiled, for raw manifests and patches in it, and
//! for manifests that kiln has never seen (`kiln lint`).

mod access;
mod arguments;
mod claims;
mod decommission;
mod environment;
mod files;
mod hosts;
mod identities;
mod local_dirs;
mod operator;
mod placement;
mod pod;
mod program;
mod properties;
mod quota;
mod role;
mod shell;
mod sizes;
mod traffic;
mod version;

pub use access::{DriverAccount, account_of};
pub use arguments::Arguments;
pub use claims::Claim;
pub use files::{Found, Text};
pub use hosts::NamedHost;
pub use identities::{Cloud, DataPods};
pub use operator::Operator;
pub use placement::Refusal;
pub use pod::{Count, Pod, Total};
pub use program::Program;
pub use properties::{Properties, Property};
pub use quota::{Load, Need, Needs, Quota, list_and_resource, used};
pub use role::Role;
pub use sizes::{Amount, Resources, Share, quantity};
pub use traffic::{End, Purpose, Traffic, target_port};
pub use version::{Version, is_official};

use crate::{
    components::{Offers, offers::Image},
    document::Origins,
    engines::{ALL, owner},
    graph::{Graph, Member},
    kubernetes::{Identity, NetworkPolicies, rbac::Rbac},
};

pub use crate::spark::effects::Mode;

/// What a check may look at.
pub struct Platform<'a> {
    /// The objects and what they refer to.
    pub graph: &'a Graph,
    /// The facts that the spec states; none for manifests without a spec.
    pub offers: &'a Offers,
    /// Whether these objects and their prerequisites are all there is. What somebody else's manifests
    /// do not show may yet be on their cluster.
    pub is_closed_world: bool,
    /// Whether kiln compiled these objects from a spec, so that each is as it will be applied.
    pub is_of_spec: bool,
    programs: Vec<Program<'a>>,
    pods: Vec<Pod<'a>>,
    pods_by_label: traffic::PodsByLabel<'a>,
    rbac: Rbac<'a>,
    network_policies: NetworkPolicies<'a>,
}

impl<'a> Platform<'a> {
    /// What the objects of a compiled spec say; all of them, or what could be read and built.
    #[must_use]
    pub fn of_spec(graph: &'a Graph, offers: &'a Offers, is_closed_world: bool) -> Self {
        Self::new(graph, offers, is_closed_world, true)
    }

    /// What manifests say that no spec stands behind.
    #[must_use]
    pub fn of_manifests(graph: &'a Graph, none: &'a Offers) -> Self {
        Self::new(graph, none, false, false)
    }

    fn new(graph: &'a Graph, offers: &'a Offers, is_closed_world: bool, is_of_spec: bool) -> Self {
        let mut platform = Self {
            graph,
            offers,
            is_closed_world,
            is_of_spec,
            programs: Vec::new(),
            pods: Vec::new(),
            pods_by_label: traffic::PodsByLabel::default(),
            rbac: Rbac::default(),
            network_policies: NetworkPolicies::default(),
        };
        platform.programs = program::all(&platform);
        platform.pods_by_label = traffic::PodsByLabel::new(&platform);
        platform.pods = pod::all(&platform);
        let objects = || platform.members().map(|it| &it.object);
        (platform.rbac, platform.network_policies) =
            (Rbac::new(objects()), NetworkPolicies::new(objects()));
        platform
    }

    /// Everything that runs Spark.
    #[must_use]
    pub fn programs(&self) -> &[Program<'a>] {
        &self.programs
    }

    /// Who may do what.
    #[must_use]
    pub const fn rbac(&self) -> &Rbac<'a> {
        &self.rbac
    }

    /// Which traffic passes.
    #[must_use]
    pub const fn network_policies(&self) -> &NetworkPolicies<'a> {
        &self.network_policies
    }

    /// The objects, with those that other tools will apply.
    pub fn members(&self) -> impl Iterator<Item = &'a Member> + use<'a> {
        self.graph.members.iter().chain(&self.graph.embedded)
    }

    /// The objects that an engine keeps in sync; of manifests of which nobody knows who applies them,
    /// those that say something to an engine.
    pub fn synced(&self) -> impl Iterator<Item = &'a Member> + use<'a> {
        let is_of_spec = self.is_of_spec;
        let is_marked = |member: &Member| {
            let mut annotations = member.object.annotations();
            let is_of_engine = annotations.any(|(key, _)| owner(key).is_some());
            // Hooks are made anew each time.
            let of_engines = ALL.iter().filter_map(|it| it.hook);
            let is_hook = of_engines
                .chain(["helm.sh/hook"])
                .any(|it| member.object.annotation(it).is_some());
            is_of_engine && !is_hook
        };
        let members = self.graph.members.iter();
        members.filter(move |it| is_of_spec || is_marked(it))
    }

    /// The objects of a kind.
    pub fn of_kind(&self, group: &str, kind: &str) -> impl Iterator<Item = &'a Member> {
        self.members().filter(move |member| {
            let identity = member.object.identity();
            identity.kind == kind && identity.group == group
        })
    }

    /// An object by what identifies it.
    #[must_use]
    pub fn object(
        &self,
        group: &str,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Option<&'a Member> {
        self.graph.member(&Identity {
            group: group.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        })
    }

    /// What the spec declares of an image, by its reference.
    #[must_use]
    pub fn image(&self, reference: &str) -> Option<&'a Image> {
        let images = self.offers.images.values();
        images
            .into_iter()
            .find(|image| *image.reference == *reference)
    }
}

/// Where to point for a value: to what made it, or else to the table that asked for its object.
#[must_use]
pub fn place<'a>(origins: &'a Origins, member: &'a Member) -> &'a Origins {
    if origins.is_empty() {
        &member.origins
    } else {
        origins
    }
}
