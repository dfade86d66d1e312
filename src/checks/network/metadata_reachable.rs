//! Policies that let pods ask for the credentials of their node.

use crate::{
    checks::{Check, Findings, pages},
    components::offers::{Access, IdentityKind},
    document::Node,
    kubernetes::{Cidr, Opened, cloud, opened, ranges},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::metadata_reachable(run);

/// The port of all these services.
const PORT: u16 = 80;

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // Policies of others may be for clusters that run in no cloud; a spec is for one cluster, and can say so.
    if !platform.is_of_spec {
        return;
    }
    for policy in platform.of_kind("networking.k8s.io", "NetworkPolicy") {
        let identity = policy.object.identity();
        let title = format!("{identity} lets its pods ask for the credentials of their node");
        let labelled = opened(&policy.object, PORT).filter_map(|it| match it {
            Opened::Block(block) => {
                let cidr = block.str_at(["cidr"]).unwrap_or_default();
                if is_meant(platform, cidr) {
                    return None;
                }
                let label = label(block)?;
                Some((place(&block.get("cidr")?.origins, policy), label))
            }
            Opened::Everything(rule) => {
                let first = ranges::metadata().next()?.address();
                let label = format!("leads everywhere, also to {first}");
                Some((place(&rule.origins, policy), label))
            }
        });
        let mut labelled = labelled.peekable();
        if labelled.peek().is_some() {
            let finding = labelled.fold(CHECK.finds(title), |finding, (place, label)| {
                finding.at_value(place, label)
            });
            findings.push(identity, finding);
        }
    }
}

/// Whether the spec says that pods are to the object store what the metadata server says: what their node is, or on
/// GKE what they are themselves.
fn is_meant(platform: &Platform<'_>, cidr: &str) -> bool {
    let (addresses, _) = cloud::METADATA_SERVER;
    let store = platform.offers.object_store.as_ref();
    let identity = platform.offers.storage_identity();
    let asks = store.is_some_and(|it| matches!(*it.access, Access::Node))
        || identity.is_some_and(|it| matches!(*it.kind, IdentityKind::Gke { .. }));
    asks && addresses.contains(&cidr)
}

/// What to say of a block that holds addresses of metadata.
fn label(block: &Node) -> Option<String> {
    let cidr = |node: &Node| node.as_str()?.parse::<Cidr>().ok();
    let all = cidr(block.get("cidr")?)?;
    let held: Vec<_> = ranges::metadata().filter(|it| all.contains(*it)).collect();
    let excepted: Vec<_> = block.list_at(["except"]).iter().filter_map(cidr).collect();
    // Whoever excepts one knows which cloud it is.
    if excepted
        .iter()
        .any(|it| held.iter().any(|one| it.contains(*one)))
    {
        return None;
    }
    let first = held.first()?.address();
    Some(match held.len() - 1 {
        0 => format!("clouds answer at {first}"),
        more => format!("clouds answer at {first} and {more} more addresses in it"),
    })
}
