//! Tags of Spark's images that leave the Java open.

use super::repository_and_tag;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, is_official, place},
    spark::SparkVersion,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "W1015",
        name: "bare-spark-tag",
        page: "A tag that is a version alone leaves Scala, Java and Python open, and the two places that \
               publish Spark's images choose differently: `spark:4.1.3` has Java 17, `apache/spark:4.1.3` \
               has Java 21.",
    },
    symptom: "another Java or no Python, depending on the registry",
    fix: "state the whole tag, such as `4.1.3-scala2.13-java17-python3-ubuntu`, or a digest",
    source: "docker-library/official-images#22217",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: shell
spec:
  containers:
  - name: shell
    image: spark:4.1.3
    command: [sleep, infinity]
    resources:
      limits:
        memory: 1Gi
"#,
        passing: r#"apiVersion: v1
kind: Pod
metadata:
  name: shell
spec:
  containers:
  - name: shell
    image: spark:4.1.3-scala2.13-java17-python3-ubuntu
    command: [sleep, infinity]
    resources:
      limits:
        memory: 1Gi
"#,
    },
    run,
};

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for pod in platform.pods() {
        let containers = ["initContainers", "containers"]
            .into_iter()
            .flat_map(|list| pod.node.list_at(["spec", list]));
        for image in containers.filter_map(|it| it.get("image")) {
            let Some((repository, tag)) = repository_and_tag(image.as_str().unwrap_or_default())
            else {
                continue;
            };
            let has_digest = image.as_str().is_some_and(|it| it.contains('@'));
            let is_bare = tag.is_some_and(|it| it.parse::<SparkVersion>().is_ok());
            if is_official(repository) && is_bare && !has_digest {
                let title = format!(
                    "`{}` leaves the Java open",
                    image.as_str().unwrap_or_default()
                );
                let place = place(&image.origins, pod.member);
                let diagnostic = CHECK.finds(title).at_value(place, "");
                findings.push(pod.member.object.identity(), diagnostic);
            }
        }
    }
}
