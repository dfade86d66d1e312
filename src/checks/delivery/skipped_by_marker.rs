//! Objects that Argo CD does not see.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::skipped_by_marker(run);

const MARKER: &str = "+argocd:skip-file-rendering";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        if let Some(node) = marked(member.object.node()) {
            let identity = member.object.identity();
            let title = format!("Argo CD leaves out {identity}");
            let text = node.as_str().unwrap_or_default();
            let line = text.lines().position(|line| line.contains(MARKER));
            let line = line.and_then(|line| node.lines.get(line));
            let place = place(line.unwrap_or(&node.origins), member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}

/// The text that holds the marker.
fn marked(node: &Node) -> Option<&Node> {
    if node.as_str().is_some_and(|text| text.contains(MARKER)) {
        return Some(node);
    }
    let of_map = node.entries().map(|(_, child)| child);
    of_map.chain(node.items()).find_map(marked)
}
