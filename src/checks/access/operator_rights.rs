//! An operator that may not do its work.

use super::MissingPermissions;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::rbac::ServiceAccount,
    platform::{Platform, account_of},
    spark::calls::OPERATOR_CONTROLLER,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0811",
        name: "operator-rights",
        page: "The operator's controller watches applications and their pods in every namespace of \
               `--namespaces`, and submits as its own account: it makes the driver's pod, its ConfigMap and \
               its Service itself. Without a watch it never becomes ready; without the rest an application \
               stays in `SUBMISSION_FAILED`.",
    },
    symptom: "`sparkapplications.sparkoperator.k8s.io is forbidden: User \"system:serviceaccount:…\" cannot \
              list resource \"sparkapplications\"`",
    fix: "add the verbs to the rule of the Role, in each namespace of jobs",
    source: "kubeflow/spark-operator: internal/controller/sparkapplication (kubebuilder:rbac), \
             charts/spark-operator-chart/templates/controller/rbac.yaml",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.fewer-rights]
target = "Role/jupyterhub-users/spark-operator-controller"
merge.rules = [
  { apiGroups = ["sparkoperator.k8s.io"], resources = ["*"], verbs = ["*"] },
  { apiGroups = [""], resources = ["pods", "configmaps", "services", "events"], verbs = ["get", "list", "create", "update", "patch", "delete", "deletecollection"] },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.other-rights]
target = "Role/jupyterhub-users/spark-operator-controller"
merge.rules = [
  { apiGroups = ["sparkoperator.k8s.io"], resources = ["*"], verbs = ["*"] },
  { apiGroups = [""], resources = ["pods", "configmaps", "services", "events"], verbs = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"] },
]
"#,
    },
    run,
};

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
