//! Servers that are called ready before they listen.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = pages::unready_server(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        // What a patch of another tool leaves out may stand elsewhere.
        let object = &program.member.object;
        let is_patch = object.pod_template().is_some() && !object.is_whole_workload();
        // The operator adds a probe of its own from 2.5 on.
        let has_probe_of_operator = program.is_spark_connect() && !platform.is_of_spec;
        if has_probe_of_operator
            || program.role != Role::ConnectServer
            || is_patch && !platform.is_of_spec
        {
            continue;
        }
        if let Some(container) = program.container
            && container.node.get("readinessProbe").is_none()
        {
            let identity = program.member.object.identity();
            let title = format!("{identity} is called ready before it listens");
            let place = place(&container.node.origins, program.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
