//! Accounts of executors that nothing makes.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::{Identity, rbac::ServiceAccount},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0805",
        name: "account-missing",
        page: "Properties name the ServiceAccounts of pods that Spark makes. The API server refuses a pod \
               whose account does not exist. (Accounts that a pod or a resource of the operator names are \
               references like all others: E0303.)",
    },
    symptom: "`pods \"…-exec-1\" is forbidden: error looking up service account …: serviceaccount not found`",
    fix: "name an account that is there, or make it",
    source: "https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/; run on a real \
             API server",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.own-account]
target = "ConfigMap/jupyterhub-users/spark-connect-analytics"
merge.data."spark-defaults.conf" = """
spark.master=k8s://https://kubernetes.default.svc:443
spark.kubernetes.namespace=${env:POD_NAMESPACE}
spark.kubernetes.driver.pod.name=${env:POD_NAME}
spark.kubernetes.executor.podTemplateFile=/opt/spark/pod-template/executor.yaml
spark.kubernetes.authenticate.executor.serviceAccountName=spark-executors
spark.driver.host=${env:POD_IP}
spark.driver.bindAddress=0.0.0.0
spark.driver.port=7078
spark.driver.blockManager.port=7079
spark.blockManager.port=7079
spark.kubernetes.driver.ownPersistentVolumeClaim=false
spark.kubernetes.driver.service.deleteOnTermination=false
"""
"#,
        passing: r#"extends = "_example.toml"

[patches.own-account]
target = "ConfigMap/jupyterhub-users/spark-connect-analytics"
merge.data."spark-defaults.conf" = """
spark.master=k8s://https://kubernetes.default.svc:443
spark.kubernetes.namespace=${env:POD_NAMESPACE}
spark.kubernetes.driver.pod.name=${env:POD_NAME}
spark.kubernetes.executor.podTemplateFile=/opt/spark/pod-template/executor.yaml
spark.kubernetes.authenticate.executor.serviceAccountName=spark-connect-analytics-executors
spark.driver.host=${env:POD_IP}
spark.driver.bindAddress=0.0.0.0
spark.driver.port=7078
spark.driver.blockManager.port=7079
spark.blockManager.port=7079
spark.kubernetes.driver.ownPersistentVolumeClaim=false
spark.kubernetes.driver.service.deleteOnTermination=false
"""
"#,
    },
    run,
};

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
