//! Drivers that may not remove what they have made.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::Platform,
    spark::rights::Impact,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0802",
        name: "driver-rights-leak",
        page: "A driver removes executors and their configuration with one call for all of them, which is \
               the verb `deletecollection`: `delete` does not allow it. Spark takes no other way when it \
               is refused. Jobs succeed all the same, and what they leave behind piles up; surplus \
               executors that are pending stay.",
    },
    symptom: "`cannot deletecollection resource`, and `spark-exec-…-conf-map` and executors that remain",
    fix: "add `deletecollection` to the rule of the Role",
    source: "run on 3.5.7 and 4.1.4 against a real API server; stackabletech/spark-k8s-operator#313",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[patches.fewer-rights]
target = "Role/jupyterhub-users/spark-connect-analytics"
merge.rules = [
  { apiGroups = [""], resources = ["pods"], verbs = ["create", "get", "list", "watch", "delete"] },
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
    super::lacking(&CHECK, platform, findings, |it| it.impact == Impact::Leaks);
}
