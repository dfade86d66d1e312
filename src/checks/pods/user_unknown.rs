//! Users whom the image does not know.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    platform::{Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1306",
        name: "user-unknown",
        page: "Hadoop asks the system for the name of its user. The official image knows 185 alone; its \
               entry point adds another user to `/etc/passwd`, unless a `command` goes around it or the \
               root cannot be written.",
    },
    symptom: "`LoginException: java.lang.NullPointerException: invalid null input: name`, or `basedir must \
              be absolute: ?/.ivy2/local`",
    fix: "run as 185, or with an image that knows the user",
    source: "apache/spark-docker: entrypoint.sh.template; bitnami/charts#52698, zinggAI/zingg#310",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: spark-master
spec:
  containers:
  - name: master
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.master.Master]
    securityContext:
      runAsUser: 1000
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
    command: [/opt/spark/bin/spark-class, org.apache.spark.deploy.master.Master]
    securityContext:
      runAsUser: 185
    resources:
      limits:
        memory: 1Gi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let (Some(pod), Some(container)) = (program.pod, program.container) else {
            continue;
        };
        let context = |field: &str| {
            let own = container.node.at(["securityContext", field]);
            own.or_else(|| pod.at(["spec", "securityContext", field]))
        };
        let is_known = |user: &Node| matches!(user.as_integer(), Some(0 | 185));
        let Some(user) = context("runAsUser").filter(|it| !is_known(it)) else {
            continue;
        };
        let read_only = container
            .node
            .at(["securityContext", "readOnlyRootFilesystem"]);
        let is_added = container.node.get("command").is_none()
            && read_only.and_then(Node::as_bool) != Some(true);
        if !is_added && container.image().is_some_and(is_official) {
            let identity = program.member.object.identity();
            let title = format!("the image of {identity} does not know this user");
            let place = place(&user.origins, program.member);
            findings.push(identity, CHECK.finds(title).at_value(place, ""));
        }
    }
}
