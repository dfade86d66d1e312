//! An operator that may not do its work.

use super::{Calls, Lack};
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::rbac::ServiceAccount,
    platform::{Platform, account_of},
};

/// The rule.
pub const CHECK: Check = pages::operator_rights(run);

/// What every version calls, whatever applications say.
const CALLS: [Calls; 7] = [
    (OPERATOR, "sparkapplications", &["get", "list", "watch"]),
    (OPERATOR, "sparkapplications/status", &["update"]),
    (
        OPERATOR,
        "scheduledsparkapplications",
        &["get", "list", "watch"],
    ),
    (OPERATOR, "scheduledsparkapplications/status", &["update"]),
    ("", "pods", &["get", "list", "watch", "create", "delete"]),
    ("", "configmaps", &["create"]),
    ("", "services", &["create"]),
];

const OPERATOR: &str = "sparkoperator.k8s.io";

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
        let lack = Lack::of(platform, account, namespace, &CALLS);
        lack.report(&CHECK, platform, "the operator", |_| None, findings);
    }
}
