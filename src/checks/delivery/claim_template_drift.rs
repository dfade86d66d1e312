//! Templates of volume claims that Argo CD never finds in sync.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::claim_template_drift(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let delivery = platform.offers.delivery.as_ref();
    if !delivery.is_some_and(|it| it.engine.engine().sees_filled_in) {
        return;
    }
    for member in platform.synced() {
        for template in member
            .object
            .node()
            .list_at(["spec", "volumeClaimTemplates"])
        {
            if template.get("apiVersion").is_none() || template.get("kind").is_none() {
                let identity = member.object.identity();
                let title = format!("{identity} is never in sync");
                let place = place(&template.origins, member);
                let label = "lacks `apiVersion` or `kind`";
                findings.push(identity, CHECK.finds(title).at_value(place, label));
            }
        }
    }
}
