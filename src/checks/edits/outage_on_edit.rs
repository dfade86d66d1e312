//! Connect servers of the operator, each edit of which makes another server.

use crate::{
    checks::{Check, Findings, pages},
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = pages::outage_on_edit(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in super::of_tables(platform, "SparkConnect") {
        let identity = member.object.identity();
        let title = format!("every change of {identity} makes another server");
        let diagnostic = CHECK.finds(title).at_key(&member.origins, "");
        findings.push(identity, diagnostic);
    }
}
