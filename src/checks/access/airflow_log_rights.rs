//! Airflow that submits jobs and may not read their logs.

use std::collections::BTreeSet;

use super::MissingPermissions;
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::rbac::{Request, ServiceAccount, Target, Verdict},
    platform::{Platform, account_of},
    spark::calls::AIRFLOW_LOG,
};

/// The rule.
pub const CHECK: Check = pages::airflow_log_rights(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // What a spec says of Airflow has a check of its own.
    if platform.is_of_spec {
        return;
    }
    for account in accounts(platform) {
        let namespaces: BTreeSet<_> = platform
            .rbac()
            .grants(account)
            .filter_map(|it| it.namespace)
            .collect();
        for namespace in namespaces {
            let request = Request {
                account,
                verb: "create",
                target: Target::objects("sparkoperator.k8s.io", "sparkapplications", namespace),
            };
            if !matches!(platform.rbac().authorize(&request), Verdict::Denied) {
                let lack = MissingPermissions::of(platform, account, namespace, &[AIRFLOW_LOG]);
                lack.report(&CHECK, platform, "Airflow", |_| None, findings);
            }
        }
    }
}

/// The accounts of the pods that run Airflow's tasks.
fn accounts<'a>(platform: &Platform<'a>) -> BTreeSet<ServiceAccount<'a>> {
    let workloads = platform.members().filter_map(|member| {
        let template = member.object.pod_template()?;
        let runs_tasks = template.containers().any(|it| {
            let image = it.image().unwrap_or_default();
            let name = image.rsplit('/').next().unwrap_or_default();
            name.starts_with("airflow")
        });
        Some(ServiceAccount {
            namespace: member.object.identity().namespace.as_deref()?,
            name: account_of(template.node).filter(|_| runs_tasks)?,
        })
    });
    workloads.collect()
}
