//! Values that every rendering draws anew.

use crate::{
    checks::{Check, Findings, pages},
    graph::Member,
    kubernetes::PodTemplate,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::random_value(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // What a spec takes in is written down.
    if platform.is_of_spec {
        return;
    }
    for member in platform.members().filter(|it| !is_live(it)) {
        let template = member.object.pod_template();
        let labels = template.iter().flat_map(PodTemplate::labels);
        for (name, value) in labels {
            if value.as_str().is_some_and(is_random) && !is_of_something(name) {
                let title = format!("the label `{name}` looks like a random value");
                let diagnostic = CHECK
                    .finds(title)
                    .at_value(place(&value.origins, member), "");
                findings.push(member.object.identity(), diagnostic);
            }
        }
    }
}

/// Whether a label names something that has a UUID once and for all: an object of the cluster, as
/// controllers do, or what a cloud calls so.
fn is_of_something(name: &str) -> bool {
    const THINGS: [&str; 8] = [
        "uid",
        "tenant",
        "client",
        "account",
        "project",
        "subscription",
        "team",
        "org",
    ];
    THINGS.iter().any(|it| name.contains(it))
}

/// Whether an object comes from a cluster and not from a file.
fn is_live(member: &Member) -> bool {
    let metadata = member.object.node().get("metadata");
    metadata.is_some_and(|it| it.get("uid").is_some() || it.get("resourceVersion").is_some())
}

/// Whether a text is a UUID of version 4, whose other digits are random (RFC 9562, section 5.4).
fn is_random(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|it| it.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts
            .iter()
            .all(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))
        && parts[2].starts_with('4')
        && parts[3].starts_with(['8', '9', 'a', 'b', 'A', 'B'])
}
