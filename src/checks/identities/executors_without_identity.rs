//! Drivers with an identity whose executors have none.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::executors_without_identity(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| it.is_driver()) {
        let pods = program.data_pods(platform);
        let own = pods.iter().find(|it| !it.are_executors);
        let executors = pods.iter().find(|it| it.are_executors);
        let (Some(own), Some(executors)) = (own, executors) else {
            continue;
        };
        let (Some(cloud), None) = (own.cloud(), executors.cloud()) else {
            continue;
        };
        // What is not in sight may be there.
        let (Some(driver), Some(account)) = (own.account, executors.account) else {
            continue;
        };
        let title = format!(
            "{} is somebody to the cloud, and {} of its executors is nobody",
            driver.object.identity(),
            account.object.identity()
        );
        let annotation = driver
            .object
            .node()
            .at(["metadata", "annotations", cloud.annotation()]);
        let mut finding = CHECK.finds(title);
        if let Some(annotation) = annotation {
            finding = finding.at_value(place(&annotation.origins, driver), "the driver's");
        }
        let finding = finding.at_key(&account.origins, "the executors' has no such annotation");
        findings.push(account.object.identity(), finding);
    }
}
