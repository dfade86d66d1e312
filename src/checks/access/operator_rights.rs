//! An operator that may not do its work.

use super::MissingPermissions;
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::rbac::ServiceAccount,
    platform::{Platform, account_of},
    spark::calls::{OPERATOR_CONTROLLER, VOLCANO},
};

/// The rule.
pub const CHECK: Check = pages::operator_rights(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(operator) = platform.operator() else {
        return;
    };
    let template = operator.member.object.pod_template();
    let (Some(template), Some(own), Some((namespaces, _))) = (
        template,
        operator.member.object.identity().namespace.as_deref(),
        &operator.namespaces,
    ) else {
        return;
    };
    let account = ServiceAccount {
        namespace: own,
        name: account_of(template.node).unwrap_or("default"),
    };
    for namespace in namespaces.iter().filter(|it| !it.is_empty()) {
        let lack = MissingPermissions::of(platform, account, namespace, &OPERATOR_CONTROLLER);
        lack.report(&CHECK, platform, "the operator", |_| None, findings);
        if operator.has_batch_schedulers() && asks_for_volcano(platform, namespace) {
            let lack = MissingPermissions::of(platform, account, namespace, &[VOLCANO]);
            let whose = "the operator with applications for Volcano";
            lack.report(&CHECK, platform, whose, |_| None, findings);
        }
    }
}

/// Whether an application of a namespace is scheduled by Volcano, for which the operator makes a group.
fn asks_for_volcano(platform: &Platform<'_>, namespace: &str) -> bool {
    let mut programs = platform.programs().iter();
    programs.any(|it| {
        let scheduler = it
            .application()
            .and_then(|it| it.str_at(["batchScheduler"]));
        scheduler == Some("volcano") && it.namespace() == Some(namespace)
    })
}
