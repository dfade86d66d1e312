//! Accounts of executors that nothing makes.

use crate::{
    checks::{Check, Findings, pages},
    kubernetes::{Identity, rbac::ServiceAccount},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::account_missing(run);

const PROPERTIES: [&str; 2] = [
    "spark.kubernetes.authenticate.executor.serviceAccountName",
    "spark.kubernetes.authenticate.driver.serviceAccountName",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    if !platform.is_closed_world {
        return;
    }
    for program in platform
        .programs()
        .iter()
        .filter(|it| it.is_on_kubernetes())
    {
        let Some(namespace) = program.executor_namespace() else {
            continue;
        };
        for property in PROPERTIES
            .iter()
            .filter_map(|it| program.properties.get(it))
        {
            let name = property.value.as_str();
            let account = ServiceAccount { namespace, name };
            if name == "default" || name.contains(['$', '{']) || exists(platform, account) {
                continue;
            }
            let title = format!("{} is not there", super::name(account));
            let place = place(&property.origins, property.member);
            findings.push(
                property.member.object.identity(),
                CHECK
                    .finds(title)
                    .at_value(place, "nothing makes this account"),
            );
        }
    }
}

/// Whether something makes an account, or the cluster holds it already.
fn exists(platform: &Platform<'_>, account: ServiceAccount<'_>) -> bool {
    let identity = Identity::in_namespace("", "ServiceAccount", account.namespace, account.name);
    platform.account(account).is_some() || platform.graph.prerequisite(&identity).is_some()
}
