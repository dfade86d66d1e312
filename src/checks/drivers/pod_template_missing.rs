//! Pod templates that are not where Spark looks for them.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Found, Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1207",
        name: "pod-template-missing",
        page: "`spark.kubernetes.executor.podTemplateFile` is read where the driver is: in client mode in \
               its own container. There, no volume has such a file.",
    },
    symptom: "the driver crashes with `Could not load pod from template file`",
    fix: "mount the ConfigMap's key at this path, or correct the path",
    source: "https://spark.apache.org/docs/latest/running-on-kubernetes.html#pod-template",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
            "spark.kubernetes.executor.podTemplateFile=/opt/spark/conf/executor.yaml",
        ),
        passing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let key = "spark.kubernetes.executor.podTemplateFile";
        if program.mode() == Some(Mode::Client)
            && let Some(path) = program.properties.get(key)
            && let Found::Absent(config) = program.file(platform, &path.value)
        {
            let title = format!("there is no pod template at `{}`", path.value);
            let config = config.object.identity();
            let label = format!("{config} is mounted there, and has no such key");
            let place = place(&path.origins, path.member);
            findings.push(
                program.member.object.identity(),
                CHECK.finds(title).at_value(place, label),
            );
        }
    }
}
