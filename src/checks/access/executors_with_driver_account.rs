//! A property for the driver that gives its rights to executors.

use crate::{
    checks::{Check, Example, Findings, server_with},
    diagnostics::Code,
    platform::{Mode, Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0810",
        name: "executors-with-driver-account",
        page: "In client mode the driver runs as the account of its pod, and \
               `spark.kubernetes.authenticate.driver.serviceAccountName` changes nothing of that. Spark \
               gives this account to the executors instead, when they have none of their own: everybody's \
               code then has the driver's rights.",
    },
    symptom: "nothing, until a task of a notebook makes pods",
    fix: "remove the property, and name an account without rights in \
          `spark.kubernetes.authenticate.executor.serviceAccountName`",
    source: "run on 3.5.7 and 4.1.4 against a real API server",
    example: Example::Manifests {
        failing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.driver.host=${env:POD_IP}",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.kubernetes.authenticate.driver.serviceAccountName=spark-connect",
        ),
        passing: server_with!(
            "spark.master=k8s://https://kubernetes.default.svc:443",
            "spark.driver.host=${env:POD_IP}",
            "spark.kubernetes.driver.pod.name=${env:POD_NAME}",
            "spark.kubernetes.authenticate.executor.serviceAccountName=spark-executors",
        ),
    },
    run,
};

const EXECUTOR: &str = "spark.kubernetes.authenticate.executor.serviceAccountName";
const DRIVER: &str = "spark.kubernetes.authenticate.driver.serviceAccountName";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(property) = program.properties.get(DRIVER) else {
            continue;
        };
        let is_for_executors = program.mode() == Some(Mode::Client)
            && program.is_complete
            && !program.properties.iter().any(|it| it.key == EXECUTOR)
            && !names_account(program)
            && property.value != "default";
        if is_for_executors {
            let title = format!(
                "executors would run as `{}`, the driver's account",
                property.value
            );
            findings.push(
                property.member.object.identity(),
                CHECK.finds(title).at_value(
                    place(&property.origins, property.member),
                    "means executors here",
                ),
            );
        }
    }
}

/// Whether the template of the executors names an account, or may: Spark heeds `serviceAccount` alone.
fn names_account(program: &Program<'_>) -> bool {
    let template = "spark.kubernetes.executor.podTemplateFile";
    match &program.executor {
        Some(pod) => pod.at(["spec", "serviceAccount"]).is_some(),
        None => program.properties.get(template).is_some(),
    }
}
