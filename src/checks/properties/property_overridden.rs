//! Properties of which another one leaves nothing.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::effects::overridden_by,
};

/// The rule.
pub const CHECK: Check = pages::property_overridden(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| it.is_driver()) {
        let properties = &program.properties;
        for property in properties {
            let winner = overridden_by(|key| properties.value(key), &property.key);
            let Some(winner) = winner.filter(|it| it.is_whole) else {
                continue;
            };
            let title = format!("`{}` counts for nothing", property.key);
            let mut diagnostic = CHECK
                .finds(title)
                .at_key(place(&property.origins, property.member), winner.reason);
            if let Some(by) = properties.get(winner.by) {
                diagnostic = diagnostic.at_key(&by.origins, "this one counts");
            }
            findings.push(property.member.object.identity(), diagnostic);
        }
        for property in properties.overridden() {
            let title = format!("`{}` of the file counts for nothing", property.key);
            let place_of_file = place(&property.origins, property.member);
            let mut diagnostic = CHECK.finds(title).at_key(place_of_file, "");
            if let Some(by) = properties.get(&property.key) {
                let label = format!("the command line says `{}`", by.value);
                diagnostic = diagnostic.at_value(place(&by.origins, by.member), label);
            }
            findings.push(property.member.object.identity(), diagnostic);
        }
    }
}
