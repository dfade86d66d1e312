//! Applications that an edit kills and runs again.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0406",
        name: "rerun-on-edit",
        page: "The operator kills a SparkApplication whose spec changes, and runs it again. With \
               `trigger = \"git\"` that is every edit of the table, of its image and of whatever it shares, \
               and a finished job runs again too.",
    },
    symptom: "the operator invalidates a SparkApplication whose spec changes",
    fix: "use `schedule` or `airflow` for a job that must not run again, or waive this for one that may",
    source: "kubeflow/spark-operator, `internal/controller/sparkapplication/event_filter.go`",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[applications.smoke-test]
namespace = "jupyterhub-users"
trigger = "git"
type = "python"
image = "spark"
main-file = "local:///opt/spark/examples/src/main/python/pi.py"
"#,
        passing: r#"extends = "_example.toml"

[applications.smoke-test]
namespace = "jupyterhub-users"
trigger = "schedule"
schedule = "0 6 * * *"
type = "python"
image = "spark"
main-file = "local:///opt/spark/examples/src/main/python/pi.py"
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in super::of_tables(platform, "SparkApplication") {
        let identity = member.object.identity();
        let title = format!(
            "every edit of `{}` kills it and runs it again",
            identity.name
        );
        let diagnostic = CHECK.finds(title).at_key(&member.because, "");
        findings.push(identity, diagnostic);
    }
}
