//! Variables of which one hides another.

use std::collections::BTreeMap;

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::variable_set_twice(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // There the structure of the object is at fault.
    if platform.is_of_spec {
        return;
    }
    for (member, container) in platform.containers() {
        let mut first = BTreeMap::new();
        for variable in container.node.list_at(["env"]) {
            let Some(name) = variable.str_at(["name"]) else {
                continue;
            };
            let earlier = *first.entry(name).or_insert(variable);
            let sets = |field| earlier.get(field) != variable.get(field);
            // The second one may be made of the first.
            let uses = variable.str_at(["value"]);
            let uses = uses.is_some_and(|it| it.contains(&format!("$({name})")));
            if !uses && (sets("value") || sets("valueFrom")) {
                let title = format!("`{name}` is set twice");
                let finding = CHECK
                    .finds(title)
                    .at_value(place(&variable.origins, member), "this one counts")
                    .at_value(place(&earlier.origins, member), "hidden");
                findings.push(member.object.identity(), finding);
            }
        }
    }
}
