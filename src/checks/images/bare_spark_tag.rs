//! Tags of Spark's images that leave the Java open.

use super::repository_and_tag;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, is_official, place},
    spark::{Line, SparkVersion},
};

/// The rule.
pub const CHECK: Check = pages::bare_spark_tag(run);

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
            let version = tag.and_then(|it| it.parse::<SparkVersion>().ok());
            // Up to 4.0 both publishers chose alike.
            let is_bare = version.is_some_and(|it| it.line() >= Line::V4_1)
                && !repository.starts_with("docker.io/");
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
