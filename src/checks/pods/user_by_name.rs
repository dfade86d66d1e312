//! Users that the kubelet cannot tell from root.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    document::Node,
    platform::{Platform, is_official, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1303",
        name: "user-by-name",
        page: "With `runAsNonRoot` the kubelet wants proof that a container is not root, and a user that \
               the image gives by name is none. Spark's official images say `USER spark`.",
    },
    symptom: "`CreateContainerConfigError: container has runAsNonRoot and image has non-numeric user \
              (spark), cannot verify user is non-root`",
    fix: "set `runAsUser: 185`, which is that user's number",
    source: "apache/spark-docker: Dockerfile.template (`USER spark`, uid 185); kubernetes: \
             pkg/kubelet/kuberuntime/security_context.go",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: shell
spec:
  securityContext:
    runAsNonRoot: true
  containers:
  - name: spark
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    command: [sleep, infinity]
    resources:
      limits:
        memory: 2Gi
"#,
        passing: r#"apiVersion: v1
kind: Pod
metadata:
  name: shell
spec:
  securityContext:
    runAsNonRoot: true
    runAsUser: 185
  containers:
  - name: spark
    image: apache/spark:4.1.3-scala2.13-java17-python3-ubuntu
    command: [sleep, infinity]
    resources:
      limits:
        memory: 2Gi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        let Some(spec) = pod.spec() else {
            continue;
        };
        let lists = ["initContainers", "containers"].map(|field| spec.list_at([field]));
        for container in lists.into_iter().flatten() {
            let setting = |field: &str| {
                let own = container.at(["securityContext", field]);
                own.or_else(|| spec.at(["securityContext", field]))
            };
            let image = container.str_at(["image"]).unwrap_or_default();
            let must = setting("runAsNonRoot").and_then(Node::as_bool) == Some(true);
            if must && setting("runAsUser").is_none() && is_official(image) {
                let title = format!("the user of {} is a name", pod.what());
                let node = setting("runAsNonRoot").unwrap_or(container);
                let place = place(&node.origins, pod.member);
                let label = "needs a number to compare with 0";
                findings.push(
                    pod.member.object.identity(),
                    CHECK.finds(title).at_value(place, label),
                );
            }
        }
    }
}
