//! Airflow that may not submit.

use super::MissingPermissions;
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::rbac::ServiceAccount,
    platform::{Platform, Program, Role},
    spark::calls::AIRFLOW,
};

/// The rule.
pub const CHECK: Check = pages::airflow_rights(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let Some(airflow) = &platform.offers.airflow else {
        return;
    };
    let account = ServiceAccount {
        namespace: &airflow.namespace,
        name: &airflow.service_account,
    };
    // What Airflow will apply lies in texts of ConfigMaps.
    let mut namespaces: Vec<_> = platform
        .programs()
        .iter()
        .filter(|it| it.role == Role::Application && is_embedded(platform, it.member))
        .filter_map(Program::namespace)
        .collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    for namespace in namespaces {
        let lack = MissingPermissions::of(platform, account, namespace, &AIRFLOW);
        lack.report(&CHECK, platform, "Airflow", |_| None, findings);
    }
}

fn is_embedded(platform: &Platform<'_>, member: &crate::graph::Member) -> bool {
    let embedded = &platform.graph.embedded;
    embedded.iter().any(|it| std::ptr::eq(it, member))
}
