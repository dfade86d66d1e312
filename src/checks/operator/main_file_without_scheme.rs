//! Programs that would have to be uploaded first.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    platform::{Mode, Platform, Program, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1406",
        name: "main-file-without-scheme",
        page: "In cluster mode a path without a scheme is a file of whoever submits, here of the operator, \
               which has no such file and nowhere to upload it to.",
    },
    symptom: "`Please specify spark.kubernetes.file.upload.path property`",
    fix: "write `local:///…` for a file of the image, or `s3a://…`",
    source: "Spark: resource-managers/kubernetes/core/…/KubernetesUtils.scala (uploadFileUri); \
             kubeflow/spark-operator#1474",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Python
  mode: cluster
  image: registry.example.com/spark:4.1.3
  sparkVersion: 4.1.3
  mainApplicationFile: /opt/jobs/nightly.py
  driver:
    serviceAccount: spark
  executor:
    instances: 2
"#,
        passing: r#"apiVersion: sparkoperator.k8s.io/v1beta2
kind: SparkApplication
metadata:
  name: nightly
spec:
  type: Python
  mode: cluster
  image: registry.example.com/spark:4.1.3
  sparkVersion: 4.1.3
  mainApplicationFile: local:///opt/jobs/nightly.py
  driver:
    serviceAccount: spark
  executor:
    instances: 2
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let uploads = program.properties.get("spark.kubernetes.file.upload.path");
        let Some(application) = program.application() else {
            continue;
        };
        if uploads.is_some() || program.mode() != Some(Mode::Cluster) {
            continue;
        }
        let main = application.get("mainApplicationFile");
        let files = ["jars", "pyFiles", "files"].map(|it| application.list_at(["deps", it]));
        for file in main.into_iter().chain(files.into_iter().flatten()) {
            evaluate(program, file, findings);
        }
    }
}

fn evaluate(program: &Program<'_>, file: &Node, findings: &mut Findings) {
    let path = file.as_str().unwrap_or_default();
    if (path.starts_with('/') || path.starts_with("file:")) && !path.contains(['$', '{']) {
        let title = format!("the operator would have to upload `{path}`");
        let place = place(&file.origins, program.member);
        findings.push(
            program.member.object.identity(),
            CHECK.finds(title).at_value(place, ""),
        );
    }
}
