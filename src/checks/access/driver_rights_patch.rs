//! Drivers that are told to label executors and may not.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0803",
        name: "driver-rights-patch",
        page: "Some properties make a driver change the pods of its executors: \
               `spark.kubernetes.executor.decommissionLabel`, `deleteOnTermination=false`, and \
               `spark.kubernetes.driver.annotateExitException` of 4.1. That is the verb `patch`, which a \
               driver needs for nothing else, so most Roles lack it.",
    },
    symptom: "`cannot patch resource \"pods\"`, again and again, and the labels are missing",
    fix: "add `patch` to the rule of the Role, or remove the property",
    source: "run on 3.5.7 and 4.1.4 against a real API server",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics]
conf = { "spark.kubernetes.executor.decommissionLabel" = "leaving", "spark.kubernetes.executor.decommissionLabelValue" = "yes" }

[patches.fewer-rights]
target = "Role/jupyterhub-users/spark-connect-analytics"
merge.rules = [
  { apiGroups = [""], resources = ["pods"], verbs = ["create", "get", "list", "watch", "delete", "deletecollection"] },
  { apiGroups = [""], resources = ["configmaps"], verbs = ["create", "deletecollection"] },
]
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics]
conf = { "spark.kubernetes.executor.decommissionLabel" = "leaving", "spark.kubernetes.executor.decommissionLabelValue" = "yes" }
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    super::lacking(&CHECK, platform, findings, |it| it.verb == "patch");
}
