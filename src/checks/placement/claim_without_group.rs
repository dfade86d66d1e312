//! Claimed volumes that executors cannot write to.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = pages::claim_without_group(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let executors = platform
            .pods()
            .find(|it| it.is_executor() && std::ptr::eq(it.member, program.member));
        let security = executors.and_then(|it| it.node.at(["spec", "securityContext"]));
        if executors.is_none() || security.is_some_and(|it| it.get("fsGroup").is_some()) {
            continue;
        }
        let user = security.and_then(|it| it.get("runAsUser")?.as_integer());
        let Some((name, claim)) = program.claims_on_demand().into_iter().next() else {
            continue;
        };
        // Root writes anywhere, and of an image that somebody else built nobody knows the user.
        let is_known =
            user.is_some() || platform.is_of_spec || program.image().is_some_and(is_official);
        if user == Some(0) || !is_known {
            continue;
        }
        let identity = program.member.object.identity();
        let title = format!("the executors of {identity} may not write to the volume `{name}`");
        let place = place(&claim.origins, claim.member);
        findings.push(
            identity,
            CHECK.finds(title).at_value(place, "it belongs to root"),
        );
    }
}
