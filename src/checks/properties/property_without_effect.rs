//! Properties that do nothing where their driver runs.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::{Code, Fix},
    platform::{Platform, Role, place},
    spark::effects::without_effect,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0609",
        name: "property-without-effect",
        page: "Spark knows the property, and does not read it in this mode. In client mode (a Connect server, a \
               notebook) somebody else makes the driver's pod, so what describes that pod has no effect; \
               without Kubernetes as the master no property of it has any.",
    },
    symptom: "nothing; the driver has another service account, image or label than somebody thinks",
    fix: "set it on the pod that runs the driver, and remove it here",
    source: "read from the classes of 3.5.9 and 4.1.4: only `spark-submit` in cluster mode reads them; run for the \
             ServiceAccount",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
            "spark.kubernetes.driver.label.team=data",
        ),
        passing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.driver.host=${env:POD_IP}",
            "spark.kubernetes.executor.label.team=data",
        ),
    },
    run,
};

const DRIVER_ACCOUNT: &str = "spark.kubernetes.authenticate.driver.serviceAccountName";
const EXECUTOR_ACCOUNT: &str = "spark.kubernetes.authenticate.executor.serviceAccountName";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        // Whoever reads a file that is not in sight may choose another master.
        let is_seen = platform.is_of_spec || program.role != Role::Properties;
        let (true, Some(mode), Some(line)) = (
            is_seen && program.is_driver(),
            program.mode(),
            program.line(),
        ) else {
            continue;
        };
        let is_on_kubernetes = program.is_on_kubernetes();
        for property in &program.properties {
            // A spec is refused for these before it is compiled.
            if platform.is_of_spec && !is_on_kubernetes && property.member.template.is_some() {
                continue;
            }
            // Where executors fall back to it, it has one that nobody meant: `W0810`.
            let falls_back = property.key == DRIVER_ACCOUNT
                && program.properties.get(EXECUTOR_ACCOUNT).is_none();
            if falls_back {
                continue;
            }
            if let Some(reason) = without_effect(mode, line, &property.key) {
                let title = format!("`{}` has no effect here", property.key);
                let place = place(&property.origins, property.member);
                let mut diagnostic = CHECK.finds(title).at_key(place, reason);
                if let Some(entry) = property.origins.first() {
                    let fix = Fix::remove_key("remove it here", entry, &property.key);
                    diagnostic = diagnostic.fix(fix);
                }
                findings.push(property.member.object.identity(), diagnostic);
            }
        }
    }
}
