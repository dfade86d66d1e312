//! Connect servers of the operator, each edit of which makes another server.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W0409",
        name: "outage-on-edit",
        page: "The operator builds the pod of a SparkConnect once and never looks at a change of its spec. So \
               kiln names the SparkConnect after what it says, and every change makes a new server: clients \
               lose their sessions, and are refused until the new one listens, which takes up to three \
               minutes. While both exist, the quota counts both. With `form = \"deployment\"` it is the same, \
               but for the second server.",
    },
    symptom: "clients lose their sessions, and are refused until the new server listens",
    fix: "use `form = \"deployment\"`, or waive this where edits are rare",
    source: "kubeflow/spark-operator#2784",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics]
form = "custom-resource"
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics]
form = "deployment"
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in super::of_tables(platform, "SparkConnect") {
        let identity = member.object.identity();
        let title = format!("every change of {identity} makes another server");
        let diagnostic = CHECK.finds(title).at_key(&member.because, "");
        findings.push(identity, diagnostic);
    }
}
