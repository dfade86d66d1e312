//! Custom resources where no operator looks.

use crate::{
    checks::{Check, Findings, pages},
    diagnostics::name_list,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::namespace_unwatched(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some((watched, origins)) = &platform.watched_namespaces() else {
        return;
    };
    for member in platform.members() {
        let identity = member.object.identity();
        if identity.group != "sparkoperator.k8s.io" {
            continue;
        }
        let Some(namespace) = &identity.namespace else {
            continue;
        };
        if !watched.contains(namespace) {
            let title = format!("no operator watches {identity}");
            let metadata = member.object.node().at(["metadata", "namespace"]);
            let node = metadata.unwrap_or(member.object.node());
            let names = name_list(watched.iter().map(String::as_str));
            let diagnostic = CHECK
                .finds(title)
                .at_value(place(&node.origins, member), "")
                .at_value(origins, format!("watches {names}"));
            findings.push(identity, diagnostic);
        }
    }
}
