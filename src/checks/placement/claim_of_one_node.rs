//! One volume for pods that may be on several nodes.

use std::collections::BTreeSet;

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, Pod, place},
};

/// The rule.
pub const CHECK: Check = pages::claim_of_one_node(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for pod in platform.pods().filter(|it| !is_pinned(it)) {
        let identity = pod.member.object.identity();
        for (node, name) in claims(pod) {
            let claim = platform.object("", "PersistentVolumeClaim", pod.namespace(), name);
            let Some(modes) = claim.and_then(|it| it.object.node().at(["spec", "accessModes"]))
            else {
                continue;
            };
            let pods = platform
                .pods()
                .filter(|it| std::ptr::eq(it.member, pod.member));
            let users = pods.filter(|it| claims(it).any(|(_, other)| other == name));
            let is_shared = users.map(|it| it.count.most.unwrap_or(2)).sum::<u64>() > 1;
            if !is_shared || !is_of_one_node(modes) || !seen.insert((identity, name)) {
                continue;
            }
            let title = format!(
                "the pods of {identity} share the volume `{name}`, which one node has at a time"
            );
            let mut finding = CHECK
                .finds(title)
                .at_value(place(&node.origins, pod.member), "");
            if let Some(claim) = claim {
                finding = finding.at_value(place(&modes.origins, claim), "only one node");
            }
            findings.push(identity, finding);
        }
    }
}

/// The claims that a pod mounts, each with the node that names it. One that Spark makes anew for each executor is not
/// shared.
fn claims<'p>(pod: &'p Pod<'_>) -> impl Iterator<Item = (&'p Node, &'p str)> {
    let volumes = pod.spec().map_or(&[][..], |it| it.list_at(["volumes"]));
    volumes.iter().filter_map(|volume| {
        let node = volume.at(["persistentVolumeClaim", "claimName"])?;
        let name = node.as_str()?;
        let is_made = pod.is_of_spark() && name.eq_ignore_ascii_case("OnDemand");
        (!is_made && pod.mounts(volume.str_at(["name"])?)).then_some((node, name))
    })
}

fn is_of_one_node(modes: &Node) -> bool {
    let modes: Vec<_> = modes.items().iter().filter_map(Node::as_str).collect();
    !modes.is_empty()
        && modes
            .iter()
            .all(|it| matches!(*it, "ReadWriteOnce" | "ReadWriteOncePod"))
}

/// Whether a pod asks for one node, or for those of others.
fn is_pinned(pod: &Pod<'_>) -> bool {
    let spec = pod.spec();
    spec.is_some_and(|it| {
        it.get("nodeName").is_some()
            || it.at(["nodeSelector", "kubernetes.io/hostname"]).is_some()
            || it.at(["affinity", "podAffinity"]).is_some()
    })
}
