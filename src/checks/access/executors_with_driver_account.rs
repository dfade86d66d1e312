//! A property for the driver that gives its rights to executors.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Mode, Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = pages::executors_with_driver_account(run);

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
