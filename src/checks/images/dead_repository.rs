//! Images that nobody can pull any more.

use super::repository_and_tag;
use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1013",
        name: "dead-repository",
        page: "These repositories were deleted or closed: MinIO's on Docker Hub in September 2026, \
               Bitnami's catalogue in 2025, the operator's on Google's registry with its move. A node that \
               has the image keeps running it; the next node cannot pull it.",
    },
    symptom: "`ImagePullBackOff`: `manifest unknown` or `pull access denied`",
    fix: "mirror the image into a registry of your own, and state the digest",
    source: "testcontainers/testcontainers-node#1463; bitnami/containers#83267; \
               kubeflow/spark-operator#1924",
    example: Example::Manifests {
        failing: r#"apiVersion: v1
kind: Pod
metadata:
  name: shell
spec:
  containers:
  - name: shell
    image: minio/mc:RELEASE.2025-08-13T08-35-41Z
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
    image: registry.example.com/mirror/mc:RELEASE.2025-08-13T08-35-41Z
    command: [sleep, infinity]
    resources:
      limits:
        memory: 1Gi
"#,
    },
    run,
};

/// The repositories, each with where its images went.
const DEAD: [(&str, &str); 6] = [
    (
        "gcr.io/spark-operator/spark",
        "deleted in 2023; Spark's own images are `apache/spark`",
    ),
    (
        "gcr.io/spark-operator/spark-py",
        "deleted in 2023; Spark's own images are `apache/spark`",
    ),
    ("minio/minio", "deleted from Docker Hub"),
    ("minio/mc", "deleted from Docker Hub"),
    (
        "bitnami/",
        "closed; what is left lies in `bitnamilegacy` and gets no fixes",
    ),
    (
        "gcr.io/spark-operator/",
        "now `ghcr.io/kubeflow/spark-operator`",
    ),
];

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
            let name = repository.strip_prefix("docker.io/").unwrap_or(repository);
            let dead = DEAD
                .iter()
                .find(|(it, _)| name == *it || it.ends_with('/') && name.starts_with(it));
            // Of some of Bitnami's the newest is still there.
            let is_newest = matches!(tag, None | Some("latest"));
            let dead = dead.filter(|(it, _)| *it != "bitnami/" || !is_newest);
            if let Some((_, reason)) = dead {
                let title = format!("nobody can pull `{repository}` any more");
                let place = place(&image.origins, pod.member);
                let diagnostic = CHECK.finds(title).at_value(place, *reason);
                findings.push(pod.member.object.identity(), diagnostic);
            }
        }
    }
}
