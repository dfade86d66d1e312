//! Images that nobody can pull any more.

use super::repository_and_tag;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::dead_repository(run);

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
