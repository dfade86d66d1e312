//! Resources that Spark overwrites.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::template_resources(run);

/// Without it, the template's limit of CPU stays.
const CORES: &str = "spark.kubernetes.executor.limit.cores";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(template) = &program.executor else {
            continue;
        };
        // Elsewhere nobody reads the template.
        if matches!(program.mode(), Some(Mode::Standalone | Mode::Local)) {
            continue;
        }
        // Other containers of the pod are left as they are.
        let name = program
            .properties
            .value("spark.kubernetes.executor.podTemplateContainerName");
        let containers = template.list_at(["spec", "containers"]);
        let container = containers
            .iter()
            .find(|it| name.is_some() && it.str_at(["name"]) == name)
            .or(containers.first());
        let resources = container.and_then(|it| it.get("resources"));
        for list in ["requests", "limits"] {
            for resource in ["memory", "cpu"] {
                let node = resources.and_then(|it| it.at([list, resource]));
                let is_limit = program.properties.get(CORES).is_some();
                if (list, resource) == ("limits", "cpu") && !is_limit {
                    continue;
                }
                if let Some(node) = node {
                    let title = format!("Spark overwrites `{list}.{resource}` of this template");
                    let place = place(&node.origins, program.member);
                    findings.push(
                        program.member.object.identity(),
                        CHECK.finds(title).at_value(place, ""),
                    );
                }
            }
        }
    }
}
