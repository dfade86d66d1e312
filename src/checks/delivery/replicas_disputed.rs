//! Numbers of replicas that two of them set.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::replicas_disputed(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        let identity = member.object.identity();
        let node = member.object.node();
        let Some(target) = node.at(["spec", "scaleTargetRef"]) else {
            continue;
        };
        let (Some(kind), Some(name)) = (target.str_at(["kind"]), target.str_at(["name"])) else {
            continue;
        };
        let scaled = platform.object("apps", kind, identity.namespace.as_deref(), name);
        let replicas = scaled.and_then(|it| Some((it, it.object.node().at(["spec", "replicas"])?)));
        if let Some((scaled, replicas)) = replicas {
            let title = format!("{identity} and the manifest of its target both set `replicas`");
            let diagnostic = CHECK
                .finds(title)
                .at_value(place(&target.origins, member), "")
                .at_value(place(&replicas.origins, scaled), "set here too");
            findings.push(identity, diagnostic);
        }
    }
}
