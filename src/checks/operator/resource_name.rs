//! Names that the operator cannot make its own names of.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1405",
        name: "resource-name",
        page: "The operator calls Services and pods after its resources and writes the name into labels. \
               A Service's name starts with a letter and a label has at most 63 letters, so the name of a \
               resource has to do the same, with what the operator adds: `-server` for a SparkConnect.",
    },
    symptom: "`invalid SparkApplication name`, or `Service … is invalid: metadata.name`",
    fix: "start it with a letter and keep it short",
    source: "kubeflow/spark-operator: internal/webhook/sparkapplication_validator.go; pkg/util/sparkconnect.go",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: analytics-for-the-whole-company-and-everybody-who-visits-it
spec:
  sparkVersion: 4.1.3
  image: registry.example.com/spark:4.1.3
  server:
    cores: 1
  executor:
    cores: 1
    template: {}
"#,
        passing: r#"apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: analytics-for-everybody
spec:
  sparkVersion: 4.1.3
  image: registry.example.com/spark:4.1.3
  server:
    cores: 1
  executor:
    cores: 1
    template: {}
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    // What a template made was validated by the name that somebody chose in the spec.
    for member in platform.members().filter(|it| it.template.is_none()) {
        let identity = member.object.identity();
        let most = match (identity.group.as_str(), identity.kind.as_str()) {
            ("sparkoperator.k8s.io", "SparkConnect") => 63 - "-server".len(),
            ("sparkoperator.k8s.io", "SparkApplication" | "ScheduledSparkApplication") => 63,
            _ => continue,
        };
        let name = &identity.name;
        let title = if !name.starts_with(|it: char| it.is_ascii_lowercase()) || name.contains('.') {
            format!("`{name}` is no name for a Service, which the operator calls so")
        } else if name.len() > most {
            format!(
                "`{name}` has {} letters, and a {} {most} at most",
                name.len(),
                identity.kind
            )
        } else {
            continue;
        };
        let node = member.object.node().at(["metadata", "name"]);
        let place = place(&node.unwrap_or(member.object.node()).origins, member);
        findings.push(identity, CHECK.finds(title).at_value(place, ""));
    }
}
