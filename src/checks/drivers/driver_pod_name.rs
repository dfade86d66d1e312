//! Drivers that look for a pod which is not theirs.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1204",
        name: "driver-pod-name",
        page: "`spark.kubernetes.driver.pod.name` names the pod that owns the executors. In client mode \
               the driver looks it up when it starts and dies when it is not there. The pods of a \
               Deployment have another name each time, so a name that is written down is never theirs.",
    },
    symptom: "the driver crashes with `No pod was found named …`",
    fix: "set `spark.kubernetes.driver.pod.name=${env:POD_NAME}`, with `POD_NAME` from the field \
          `metadata.name`",
    source: "Spark: resource-managers/kubernetes/core/…/ExecutorPodsAllocator.scala (driverPod); run on 3.5.7 and 4.1.4",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=spark-connect",
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
        if program.mode() != Some(Mode::Client) {
            continue;
        }
        let Some(name) = program.properties.get("spark.kubernetes.driver.pod.name") else {
            continue;
        };
        let is_its_own = match identity.kind.as_str() {
            // A pod keeps the name that it is given.
            "Pod" => name.value == identity.name,
            // The first of a StatefulSet's is called so.
            "StatefulSet" => name.value.starts_with(&format!("{}-", identity.name)),
            "Deployment" | "ReplicaSet" | "DaemonSet" | "Job" | "CronJob" => false,
            // Who makes the pod is not in sight, or sets the name itself.
            _ => true,
        };
        if !is_its_own && !name.value.contains('$') {
            let title = format!("no pod of {identity} is ever called `{}`", name.value);
            let place = place(&name.origins, name.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
