//! Applications that an edit kills and runs again.

use crate::{
    checks::{Check, Findings, pages},
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = pages::rerun_on_edit(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in super::of_tables(platform, "SparkApplication") {
        let identity = member.object.identity();
        let title = format!(
            "every edit of `{}` kills it and runs it again",
            identity.name
        );
        let diagnostic = CHECK.finds(title).at_key(&member.origins, "");
        findings.push(identity, diagnostic);
    }
}
