//! Mounts of volumes that a pod does not have.

use std::collections::BTreeSet;

use crate::{
    checks::{Check, Findings, pages},
    diagnostics::did_you_mean,
    kubernetes::PodTemplate,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::volume_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform
        .members()
        .filter(|it| it.object.is_whole_workload())
    {
        let identity = member.object.identity();
        // Spark adds volumes to pods that are templates of executors, and these look like any other.
        if identity.kind == "Pod" {
            continue;
        }
        let template = member.object.pod_template();
        let volumes = template
            .iter()
            .flat_map(|it| it.node.list_at(["spec", "volumes"]));
        let claims = member
            .object
            .node()
            .list_at(["spec", "volumeClaimTemplates"]);
        let names = volumes.filter_map(|it| it.str_at(["name"]));
        let claims = claims
            .iter()
            .filter_map(|it| it.str_at(["metadata", "name"]));
        let names: BTreeSet<&str> = names.chain(claims).collect();
        let containers = template.iter().flat_map(PodTemplate::containers);
        let mounts = containers.flat_map(|it| it.node.list_at(["volumeMounts"]));
        for name in mounts.filter_map(|it| it.get("name")) {
            let Some(text) = name.as_str().filter(|it| !names.contains(it)) else {
                continue;
            };
            let title = format!("{identity} has no volume `{text}`");
            let mut finding = CHECK
                .finds(title)
                .at_value(place(&name.origins, member), "");
            if let Some(meant) = did_you_mean(text, names.iter().copied()) {
                finding = finding.hint(format!("did you mean `{meant}`?"));
            }
            findings.push(identity, finding);
        }
    }
}
