//! Variables from a Secret or ConfigMap without a name.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::nameless_reference(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for (member, container) in platform.containers() {
        for variable in container.node.list_at(["env"]) {
            let references = ["secretKeyRef", "configMapKeyRef"];
            let names = references.map(|it| variable.at(["valueFrom", it, "name"]));
            let mut names = names.into_iter().flatten();
            if let Some(name) = names.find(|it| it.as_str() == Some("")) {
                let variable = variable.str_at(["name"]).unwrap_or_default();
                let title = format!("`{variable}` comes from nowhere");
                let place = place(&name.origins, member);
                let finding = CHECK.finds(title).at_value(place, "names nothing");
                findings.push(member.object.identity(), finding);
            }
        }
    }
}
