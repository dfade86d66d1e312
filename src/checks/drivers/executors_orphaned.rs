//! Executors that outlive their driver.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1205",
        name: "executors-orphaned",
        page: "Executors are owned by the pod that `spark.kubernetes.driver.pod.name` names, so that \
               Kubernetes collects them when that pod is gone. Without it, a driver that is killed, or \
               whose node is lost, leaves its executors and their ConfigMap behind.",
    },
    symptom: "executor pods of a driver that is gone, until each notices that it is alone",
    fix: "set `spark.kubernetes.driver.pod.name=${env:POD_NAME}`, with `POD_NAME` from the field \
          `metadata.name`",
    source: "https://spark.apache.org/docs/latest/running-on-kubernetes.html#client-mode-executor-pod-garbage-collection",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.driver.host=${env:POD_IP}",
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
        let identity = program.member.object.identity();
        // The operator sets it for its servers; a notebook's start-up script may.
        let sets_it = program.is_spark_connect() || program.pod.is_none();
        let named = program.properties.get("spark.kubernetes.driver.pod.name");
        if program.mode() != Some(Mode::Client)
            || !program.is_complete
            || sets_it
            || named.is_some()
        {
            continue;
        }
        let title = format!("executors of {identity} belong to no pod");
        let master = program.properties.get("spark.master");
        let origins = master.map_or(&program.member.because, |it| place(&it.origins, it.member));
        let label = "with this, and without `spark.kubernetes.driver.pod.name`";
        findings.push(identity, CHECK.finds(title).at_value(origins, label));
    }
}
