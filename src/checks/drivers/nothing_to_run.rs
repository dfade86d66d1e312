//! Containers of Spark's own image without a command.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::{ContainerRole, PodTemplate},
    platform::{Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1219",
        name: "nothing-to-run",
        page: "The images that the Spark project publishes start nothing by themselves: their entry point runs \
               what it is given, and without anything it ends. Variables such as `SPARK_MODE` are those of \
               other images.",
    },
    symptom: "`CrashLoopBackOff` with the exit code 0 and an empty log",
    fix: "state `args`, such as `[/opt/spark/bin/spark-class, org.apache.spark.deploy.master.Master]`",
    source: "https://github.com/apache/spark-docker/blob/master/entrypoint.sh.template",
    example: Example::Manifests {
        failing: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: spark-master
spec:
  selector:
    matchLabels:
      app: spark-master
  template:
    metadata:
      labels:
        app: spark-master
    spec:
      containers:
      - name: master
        image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
        env:
        - name: SPARK_MODE
          value: master
        resources:
          limits:
            memory: 1Gi
"#,
        passing: r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: spark-master
spec:
  selector:
    matchLabels:
      app: spark-master
  template:
    metadata:
      labels:
        app: spark-master
    spec:
      containers:
      - name: master
        image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
        args: [/opt/spark/bin/spark-class, org.apache.spark.deploy.master.Master]
        resources:
          limits:
            memory: 1Gi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.members() {
        // Spark completes pods that are templates of executors, and these look like any other.
        let identity = member.object.identity();
        if identity.group != "apps" || !member.object.is_whole_workload() {
            continue;
        }
        let template = member.object.pod_template();
        let containers = template.iter().flat_map(PodTemplate::containers);
        // An init container that only pulls the image is done when it ends.
        for container in containers.filter(|it| it.role == ContainerRole::Main) {
            let runs = ["command", "args"].map(|it| container.node.list_at([it]).is_empty());
            if let Some(image) = container.node.get("image")
                && image.as_str().is_some_and(is_official)
                && runs == [true, true]
            {
                let title = format!("the container `{}` has nothing to run", container.name());
                let place = place(&image.origins, member);
                findings.push(
                    identity,
                    CHECK
                        .finds(title)
                        .at_value(place, "starts nothing by itself"),
                );
            }
        }
    }
}
