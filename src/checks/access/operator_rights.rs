//! An operator that may not do its work.

use super::MissingPermissions;
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::rbac::ServiceAccount,
    platform::{Platform, account_of},
    spark::calls::OPERATOR_CONTROLLER,
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
    }
}
