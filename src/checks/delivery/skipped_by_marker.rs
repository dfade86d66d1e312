//! Objects that Argo CD does not see.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    engines::argo_cd::SKIP_FILE,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::skipped_by_marker(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.synced() {
        if let Some(node) = marked(member.object.node()) {
            let identity = member.object.identity();
            let title = format!("Argo CD leaves out {identity}");
            let text = node.as_str().unwrap_or_default();
            let line = text.lines().position(|line| line.contains(SKIP_FILE));
            let line = line.and_then(|line| node.lines.get(line));
            let place = place(line.unwrap_or(&node.origins), member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}

/// The text that holds the marker.
fn marked(node: &Node) -> Option<&Node> {
    if node.as_str().is_some_and(|text| text.contains(SKIP_FILE)) {
        return Some(node);
    }
    let of_map = node.entries().map(|(_, child)| child);
    of_map.chain(node.items()).find_map(marked)
}
