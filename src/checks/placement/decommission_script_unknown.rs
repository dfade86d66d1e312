//! Images of which nobody says that they can decommission an executor.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = pages::decommission_script_unknown(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(enabled) = program.decommissions() else {
            continue;
        };
        // Who names another script has thought of it.
        if program
            .properties
            .get("spark.kubernetes.decommission.script")
            .is_some()
        {
            continue;
        }
        let keys = [
            "spark.kubernetes.executor.container.image",
            "spark.kubernetes.container.image",
        ];
        let property = keys.iter().find_map(|it| program.properties.value(it));
        let resource = program.member.object.node();
        let of_resource = program.application().or_else(|| resource.get("spec"));
        let of_resource = of_resource.and_then(|it| it.str_at(["image"]));
        let Some(image) = property.or(of_resource).filter(|it| !is_official(it)) else {
            continue;
        };
        let declared = platform.image(image);
        let stated = declared.and_then(|it| it.decommission_script.as_ref());
        if stated.is_some_and(|it| **it) {
            continue;
        }
        let identity = program.member.object.identity();
        let title =
            format!("the executors of {identity} may lack the script that decommissions them");
        let diagnostic = CHECK.finds(title).at_value(
            place(&enabled.origins, program.member),
            "Spark runs it in their image",
        );
        let image = stated
            .map(|it| &it.origins)
            .or_else(|| declared.map(|it| &it.origins));
        findings.push(
            identity,
            match image {
                Some(origins) => diagnostic.at_key(origins, "which does not declare it"),
                None => diagnostic,
            },
        );
    }
}
