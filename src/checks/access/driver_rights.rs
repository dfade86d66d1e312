//! Drivers that may not do what they cannot live without.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::Platform,
    spark::rights::Right,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E0801",
        name: "driver-rights",
        page: "A driver on Kubernetes makes its executors itself: it calls the API server as the \
               ServiceAccount of its pod. Without some rights it ends before it serves, without others it \
               serves and no query ever gets an executor.",
    },
    symptom: "the driver ends while it starts, or it serves and every query waits: `… is forbidden: User \
              \"system:serviceaccount:…\"`",
    fix: "add the verbs to the rule of the Role",
    source: "run on 4.1.4 against a real API server, without one right after another",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.fewer-rights]
target = "Role/jupyterhub-users/spark-connect-analytics"
merge.rules = [
  { apiGroups = [""], resources = ["pods"], verbs = ["create", "get", "list", "delete", "deletecollection"] },
  { apiGroups = [""], resources = ["configmaps"], verbs = ["create", "deletecollection"] },
]
"#,
        passing: r#"extends = "_example.toml"

[patches.other-order]
target = "Role/jupyterhub-users/spark-connect-analytics"
merge.rules = [
  { apiGroups = [""], resources = ["pods"], verbs = ["get", "list", "watch", "create", "delete", "deletecollection"] },
  { apiGroups = [""], resources = ["configmaps"], verbs = ["create", "deletecollection"] },
]
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    super::lacking(&CHECK, platform, findings, Right::is_fatal);
}
