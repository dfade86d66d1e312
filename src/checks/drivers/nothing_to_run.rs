//! Containers of Spark's own image without a command.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    kubernetes::PodTemplate,
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
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: spark-master
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
        passing: r#"apiVersion: v1
kind: Pod
metadata:
  name: spark-master
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
        // A PodTemplate is for others to complete.
        let template = member
            .object
            .pod_template()
            .filter(|_| member.object.identity().kind != "PodTemplate");
        for container in template.iter().flat_map(PodTemplate::containers) {
            let runs = ["command", "args"].map(|it| container.node.list_at([it]).is_empty());
            if let Some(image) = container.node.get("image")
                && image.as_str().is_some_and(is_official)
                && runs == [true, true]
            {
                let title = format!("the container `{}` has nothing to run", container.name());
                let place = place(&image.origins, member);
                findings.push(
                    member.object.identity(),
                    CHECK
                        .finds(title)
                        .at_value(place, "starts nothing by itself"),
                );
            }
        }
    }
}
