//! Containers of a pod template that are not there.

use crate::{
    checks::{Check, Findings, pages},
    diagnostics::name_list,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::template_container(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let key = "spark.kubernetes.executor.podTemplateContainerName";
        let (Some(template), Some(name)) = (&program.executor, program.properties.get(key)) else {
            continue;
        };
        let containers = template.list_at(["spec", "containers"]).iter();
        let names: Vec<_> = containers.filter_map(|it| it.str_at(["name"])).collect();
        if !names.is_empty() && !names.contains(&name.value.as_str()) {
            let title = format!("the pod template has no container `{}`", name.value);
            let place = place(&name.origins, name.member);
            let label = format!("there are {}", name_list(names.iter().copied()));
            findings.push(
                name.member.object.identity(),
                CHECK.finds(title).at_value(place, label),
            );
        }
    }
}
