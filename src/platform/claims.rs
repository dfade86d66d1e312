//! The volumes that the objects lead to, whoever claims them.

use super::{Platform, Pod};
use crate::{document::Node, graph::Member};

/// A claim of storage that will exist.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'p> {
    /// The object that leads to it.
    pub member: &'p Member,
    /// How much storage it asks for.
    pub storage: Option<&'p Node>,
    /// The name of its `StorageClass`; none for the cluster's default.
    pub class: Option<&'p str>,
    /// How many there are at least.
    pub count: u64,
    /// Whether it is there as long as its object, and not for a job alone.
    pub is_permanent: bool,
}

impl<'p> Claim<'p> {
    /// One of Kubernetes, from its object or a template.
    fn of(member: &'p Member, claim: &'p Node) -> Self {
        let spec = claim.get("spec");
        Self {
            member,
            storage: spec.and_then(|it| it.at(["resources", "requests", "storage"])),
            class: spec.and_then(|it| it.str_at(["storageClassName"])),
            count: 1,
            is_permanent: true,
        }
    }
}

impl Platform<'_> {
    /// Every claim: those of their own, of StatefulSets, and of volumes that come and go with a pod.
    pub fn claims(&self) -> impl Iterator<Item = Claim<'_>> {
        let own = self.of_kind("", "PersistentVolumeClaim");
        let own = own.map(|it| Claim::of(it, it.object.node()));
        own.chain(self.pods().flat_map(of_pods))
    }
}

/// The claims of each of some pods.
fn of_pods<'p>(pod: &'p Pod<'_>) -> impl Iterator<Item = Claim<'p>> {
    let of_pod = |claim: Claim<'p>| Claim {
        count: pod.count.least,
        is_permanent: pod.count.is_permanent,
        ..claim
    };
    let own = pod.member.object.node();
    let templates = own.list_at(["spec", "volumeClaimTemplates"]).iter();
    // The executors of a server that is a StatefulSet have none of its claims.
    let templates = templates
        .filter(|_| !pod.is_of_spark())
        .map(|it| Claim::of(pod.member, it));
    let volumes = pod.spec().map_or(&[][..], |it| it.list_at(["volumes"]));
    let volumes = volumes.iter().filter_map(|volume| {
        if let Some(template) = volume.at(["ephemeral", "volumeClaimTemplate"]) {
            return Some(Claim::of(pod.member, template));
        }
        // Spark claims a volume for each executor (`MountVolumesFeatureStep`).
        let claim = volume.get("persistentVolumeClaim")?;
        let is_made = claim
            .str_at(["claimName"])?
            .eq_ignore_ascii_case("OnDemand");
        (is_made && pod.is_of_spark()).then(|| Claim {
            storage: claim.get("sizeLimit"),
            class: claim.str_at(["storageClass"]),
            ..Claim::of(pod.member, claim)
        })
    });
    templates.chain(volumes).map(of_pod)
}
