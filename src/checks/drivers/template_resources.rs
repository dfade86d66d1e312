//! Resources that Spark overwrites.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Mode, Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1208",
        name: "template-resources",
        page: "Spark computes the memory and the cores of executors from its properties and writes them \
               over what the pod template says; only a CPU limit stays when no property sets one. What \
               stands there is not what runs.",
    },
    symptom: "executors with other requests and limits than the template's",
    fix: "set `spark.executor.memory`, `spark.executor.memoryOverhead` and \
          `spark.kubernetes.executor.request.cores` instead",
    source: "Spark: resource-managers/kubernetes/core/…/BasicExecutorFeatureStep.scala; run on 3.5.7 and 4.1.4",
    example: Example::Manifests {
        failing: r#"apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: analytics
spec:
  sparkVersion: 4.1.3
  image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
  server:
    cores: 1
    memory: 1g
  executor:
    cores: 1
    memory: 1g
    template:
      spec:
        containers:
        - name: executor
          resources:
            limits:
              memory: 512Mi
"#,
        passing: r#"apiVersion: sparkoperator.k8s.io/v1alpha1
kind: SparkConnect
metadata:
  name: analytics
spec:
  sparkVersion: 4.1.3
  image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
  server:
    cores: 1
    memory: 1g
  executor:
    cores: 1
    memory: 1g
    template:
      spec:
        containers:
        - name: executor
"#,
    },
    run,
};

/// Without it, the template's limit of CPU stays.
const CORES: &str = "spark.kubernetes.executor.limit.cores";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(template) = &program.executor else {
            continue;
        };
        // Elsewhere nobody reads the template.
        if matches!(program.mode(), Some(Mode::Standalone | Mode::Local)) {
            continue;
        }
        // Other containers of the pod are left as they are.
        let name = program
            .properties
            .value("spark.kubernetes.executor.podTemplateContainerName");
        let containers = template.list_at(["spec", "containers"]);
        let container = containers
            .iter()
            .find(|it| name.is_some() && it.str_at(["name"]) == name)
            .or(containers.first());
        let resources = container.and_then(|it| it.get("resources"));
        for list in ["requests", "limits"] {
            for resource in ["memory", "cpu"] {
                let node = resources.and_then(|it| it.at([list, resource]));
                let is_limit = program.properties.get(CORES).is_some();
                if (list, resource) == ("limits", "cpu") && !is_limit {
                    continue;
                }
                if let Some(node) = node {
                    let title = format!("Spark overwrites `{list}.{resource}` of this template");
                    let place = place(&node.origins, program.member);
                    findings.push(
                        program.member.object.identity(),
                        CHECK.finds(title).at_value(place, ""),
                    );
                }
            }
        }
    }
}
