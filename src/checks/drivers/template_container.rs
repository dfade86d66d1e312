//! Containers of a pod template that are not there.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::{Code, name_list},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1216",
        name: "template-container",
        page: "`podTemplateContainerName` says into which container of the template Spark puts itself. When \
               there is none of that name it takes the first one, which may be somebody's sidecar.",
    },
    symptom: "`specified container … not found on pod template, falling back to taking the first container`",
    fix: "use the name of a container of the template",
    source: "Spark: resource-managers/kubernetes/core/…/KubernetesUtils.scala (selectSparkContainer)",
    example: Example::Manifests {
        failing: concat!(
            r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  executor.yaml: |
    apiVersion: v1
    kind: Pod
    spec:
      containers:
      - name: log-shipper
      - name: executor
  spark-defaults.conf: |
    spark.master=k8s://https://kubernetes.default.svc:443
    spark.kubernetes.driver.pod.name=${env:POD_NAME}
    spark.driver.host=${env:POD_IP}
    spark.kubernetes.executor.podTemplateFile=/opt/spark/conf/executor.yaml
    spark.kubernetes.executor.podTemplateContainerName=spark
"#,
            include_str!("../server.yaml")
        ),
        passing: concat!(
            r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: spark-connect
data:
  executor.yaml: |
    apiVersion: v1
    kind: Pod
    spec:
      containers:
      - name: log-shipper
      - name: executor
  spark-defaults.conf: |
    spark.master=k8s://https://kubernetes.default.svc:443
    spark.kubernetes.driver.pod.name=${env:POD_NAME}
    spark.driver.host=${env:POD_IP}
    spark.kubernetes.executor.podTemplateFile=/opt/spark/conf/executor.yaml
    spark.kubernetes.executor.podTemplateContainerName=executor
"#,
            include_str!("../server.yaml")
        ),
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let key = "spark.kubernetes.executor.podTemplateContainerName";
        let (Some(template), Some(name)) = (&program.executor, program.properties.get(key)) else {
            continue;
        };
        let containers = template.list_at(["spec", "containers"]).iter();
        let names: Vec<_> = containers.filter_map(|it| it.str_at(["name"])).collect();
        if !names.is_empty() && !names.contains(&name.value.as_str()) {
            let title = format!("the pod template has no container `{}`", name.value);
            let place = place(&name.origins, name.member);
            let label = format!("there are {}", name_list(names.iter().copied()));
            findings.push(
                name.member.object.identity(),
                CHECK.finds(title).at_value(place, label),
            );
        }
    }
}
