//! Airflow that may not submit.

use super::MissingPermissions;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::rbac::ServiceAccount,
    platform::{Platform, Program, Role},
    spark::calls::AIRFLOW,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0809",
        name: "airflow-rights",
        page: "Airflow's SparkKubernetesOperator makes the application in the namespace of the job, follows \
               its driver's pod and reads its log, as the account of Airflow's worker. The Role of \
               Airflow's chart covers Airflow's own namespace and nothing of the operator.",
    },
    symptom: "`sparkapplications.sparkoperator.k8s.io is forbidden: User \"system:serviceaccount:airflow:…\"`",
    fix: "add the verbs to the rule of the Role",
    source: "apache/airflow#41454; providers/cncf/kubernetes, `SparkKubernetesOperator`",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[airflow]
namespace = "airflow"

[applications.nightly]
namespace = "jupyterhub-users"
trigger = "airflow"
type = "python"
image = "spark"
main-file = "s3a://warehouse/jobs/nightly.py"

[patches.fewer-rights]
target = "Role/jupyterhub-users/airflow-spark"
merge.rules = [
  { apiGroups = ["sparkoperator.k8s.io"], resources = ["sparkapplications", "sparkapplications/status"], verbs = ["create", "get", "delete"] },
  { apiGroups = [""], resources = ["pods", "pods/log"], verbs = ["get", "list", "watch"] },
  { apiGroups = [""], resources = ["events"], verbs = ["list"] },
]
"#,
        passing: r#"extends = "_example.toml"

[airflow]
namespace = "airflow"

[applications.nightly]
namespace = "jupyterhub-users"
trigger = "airflow"
type = "python"
image = "spark"
main-file = "s3a://warehouse/jobs/nightly.py"

[patches.other-rules]
target = "Role/jupyterhub-users/airflow-spark"
merge.rules = [
  { apiGroups = ["sparkoperator.k8s.io"], resources = ["sparkapplications", "sparkapplications/status"], verbs = ["create", "get", "delete"] },
  { apiGroups = [""], resources = ["pods", "pods/log"], verbs = ["get", "list", "watch", "patch"] },
  { apiGroups = [""], resources = ["events"], verbs = ["list"] },
]
"#,
    },
    run,
};

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
