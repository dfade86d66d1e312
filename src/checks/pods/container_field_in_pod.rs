//! Settings of containers that stand where only a pod's are read.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::container_field_in_pod(run);

/// The fields that only a container's `securityContext` has.
const FIELDS: [&str; 5] = [
    "allowPrivilegeEscalation",
    "capabilities",
    "privileged",
    "procMount",
    "readOnlyRootFilesystem",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        let context = pod.spec().and_then(|it| it.get("securityContext"));
        for field in FIELDS {
            if let Some(node) = context.and_then(|it| it.get(field)) {
                let title = format!(
                    "`{field}` is not a setting of {}, but of its containers",
                    pod.what()
                );
                let place = place(&node.origins, pod.member);
                findings.push(
                    pod.member.object.identity(),
                    CHECK.finds(title).at_key(place, ""),
                );
            }
        }
    }
}
