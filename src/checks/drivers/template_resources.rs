//! Resources that Spark overwrites.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{Mode, Platform, Program, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::template_resources(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        // Elsewhere nobody reads the templates.
        if matches!(program.mode(), Some(Mode::Standalone | Mode::Local)) {
            continue;
        }
        if let Some(template) = &program.executor {
            overwritten(program, "executor", template, findings);
        }
        // Of other programs somebody else makes the driver's pod.
        if let Some(template) = program.pod.filter(|_| program.role == Role::Application) {
            overwritten(program, "driver", template, findings);
        }
    }
}

fn overwritten(program: &Program<'_>, role: &str, template: &Node, findings: &mut Findings) {
    // Other containers of the pod are left as they are.
    let name = format!("spark.kubernetes.{role}.podTemplateContainerName");
    let name = program.properties.value(&name);
    let containers = template.list_at(["spec", "containers"]);
    let container = containers
        .iter()
        .find(|it| name.is_some() && it.str_at(["name"]) == name)
        .or(containers.first());
    let resources = container.and_then(|it| it.get("resources"));
    // Without it, the template's limit of CPU stays.
    let cores = format!("spark.kubernetes.{role}.limit.cores");
    let is_limited = program.properties.get(&cores).is_some();
    for list in ["requests", "limits"] {
        for resource in ["memory", "cpu"] {
            if (list, resource) == ("limits", "cpu") && !is_limited {
                continue;
            }
            if let Some(node) = resources.and_then(|it| it.at([list, resource])) {
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
