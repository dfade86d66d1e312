//! Properties that do nothing where their driver runs.

use crate::{
    checks::{Check, Findings, pages},
    diagnostics::Fix,
    platform::{Platform, Role, place},
    spark::effects::without_effect,
};

/// The rule.
pub const CHECK: Check = pages::property_without_effect(run);

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
