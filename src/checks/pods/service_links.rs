//! Environment variables that Kubernetes makes of Services, and programs that read them otherwise.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    platform::{Platform, Role, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1304",
        name: "service-links",
        page: "Kubernetes gives every pod variables for the Services of its namespace: of a Service \
               `spark-master` the variable `SPARK_MASTER_PORT=tcp://10.96.3.7:7077`. A standalone \
               master reads a variable of the same name, and expects a number.",
    },
    symptom: "`NumberFormatException: For input string: \"tcp://10.96.3.7:7077\"`",
    fix: "set `enableServiceLinks: false` in the pods of this namespace, or rename the Service",
    source: "https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables; \
             apache/celeborn#379",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Service
metadata:
  name: spark-master
spec:
  selector:
    app: spark-master
  ports:
  - port: 7077
---
apiVersion: v1
kind: Pod
metadata:
  name: spark-master
  labels:
    app: spark-master
spec:
  containers:
  - name: master
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    args: [/opt/spark/bin/spark-class, org.apache.spark.deploy.master.Master]
    resources:
      limits:
        memory: 2Gi
"#,
        passing: r#"apiVersion: v1
kind: Service
metadata:
  name: spark-master
spec:
  selector:
    app: spark-master
  ports:
  - port: 7077
---
apiVersion: v1
kind: Pod
metadata:
  name: spark-master
  labels:
    app: spark-master
spec:
  enableServiceLinks: false
  containers:
  - name: master
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    args: [/opt/spark/bin/spark-class, org.apache.spark.deploy.master.Master]
    resources:
      limits:
        memory: 2Gi
"#,
    },
    run,
};

/// The Services whose variables programs read, and which programs (`MasterArguments.scala`,
/// `WorkerArguments.scala`).
const NAMES: [(&str, &str, Role); 2] = [
    ("spark-master", "SPARK_MASTER_PORT", Role::Master),
    ("spark-worker", "SPARK_WORKER_PORT", Role::Worker),
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(spec) = program.pod.and_then(|it| it.get("spec")) else {
            continue;
        };
        let has_links = spec.get("enableServiceLinks").and_then(Node::as_bool) != Some(false);
        for (service, variable, role) in NAMES {
            let found = platform.object("", "Service", program.namespace(), service);
            // A variable that the container sets itself wins over the link.
            let reads = program.role == role && has_links;
            if reads && program.variable(variable).is_none() && found.is_some() {
                let identity = program.member.object.identity();
                let title =
                    format!("{identity} gets `{variable}=tcp://…` from the Service `{service}`");
                let place = place(&spec.origins, program.member);
                findings.push(identity, CHECK.finds(title).at_key(place, ""));
            }
        }
    }
}
