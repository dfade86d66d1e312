//! Servers that are called ready before they listen.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1211",
        name: "unready-server",
        page: "Without a readiness probe a pod is ready as soon as its process runs. A Connect server \
               listens 5 to 40 seconds later, and clients that its Service sends there are refused.",
    },
    symptom: "`UNAVAILABLE: … Connection refused` in clients, after every restart",
    fix: "add a `readinessProbe` with `tcpSocket` on the port 15002",
    source: "run on 3.5.7 and 4.1.4; kubeflow/spark-operator#2994",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.probe]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [{ op = "remove", path = "/spec/template/spec/containers/0/readinessProbe" }]
"#,
        passing: r#"extends = "_example.toml"

[patches.probe]
target = "Deployment/jupyterhub-users/spark-connect-analytics"
operations = [{ op = "add", path = "/spec/template/spec/containers/0/readinessProbe/timeoutSeconds", value = 5 }]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        // What a patch of another tool leaves out may stand elsewhere.
        let object = &program.member.object;
        let is_patch = object.pod_template().is_some() && !object.is_whole_workload();
        if program.role != Role::ConnectServer || is_patch && !platform.is_of_spec {
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
