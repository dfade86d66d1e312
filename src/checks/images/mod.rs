//! What is in images, and whether it fits together.

mod bare_spark_tag;
mod celeborn_serializer;
mod connect_jar_missing;
mod connect_jar_needless;
mod credentials_provider;
mod dead_repository;
mod dynamic_allocation_storage;
mod envsubst_missing;
mod executors_of_another_spark;
mod hadoop_aws_version;
mod java_release;
mod moving_tag;
mod plug_in_missing;
mod python_minors;
mod python_version;
mod s3a_jar_missing;
mod scala_suffix;
mod shuffle_manager_missing;
mod spark_artifact_version;
mod table_format_line;
mod version_contradicts_tag;

use super::Check;
use crate::{
    document::Origins,
    graph::Member,
    platform::{Platform, Program},
    values::ImageParts,
};

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    connect_jar_missing::CHECK,
    connect_jar_needless::CHECK,
    scala_suffix::CHECK,
    spark_artifact_version::CHECK,
    s3a_jar_missing::CHECK,
    hadoop_aws_version::CHECK,
    credentials_provider::CHECK,
    shuffle_manager_missing::CHECK,
    celeborn_serializer::CHECK,
    dynamic_allocation_storage::CHECK,
    python_version::CHECK,
    python_minors::CHECK,
    dead_repository::CHECK,
    moving_tag::CHECK,
    bare_spark_tag::CHECK,
    version_contradicts_tag::CHECK,
    java_release::CHECK,
    envsubst_missing::CHECK,
    executors_of_another_spark::CHECK,
    table_format_line::CHECK,
    plug_in_missing::CHECK,
];

/// A jar that somebody adds to Spark's own, by its Maven coordinates.
struct Artifact<'p> {
    group: &'p str,
    /// Without the version of Scala.
    name: &'p str,
    /// Such as `2.13`, when the name has one.
    scala: Option<&'p str>,
    version: &'p str,
    /// As it is written.
    coordinates: &'p str,
    origins: Origins,
    member: &'p Member,
}

/// The jars that a program downloads, and those that its image is declared to hold.
fn artifacts<'p>(platform: &Platform<'p>, program: &'p Program<'p>) -> Vec<Artifact<'p>> {
    let mut found = Vec::new();
    if let Some(packages) = program.properties.get("spark.jars.packages") {
        let parts: Vec<_> = packages.value.split(',').map(str::trim).collect();
        let each: Vec<_> = packages.origins.iter().collect();
        for (at, coordinates) in parts.iter().enumerate() {
            // The list of a spec has the origins of its items.
            let origins = match each.get(at) {
                Some(origin) if each.len() == parts.len() => Origins::from(*origin),
                _ => packages.origins.clone(),
            };
            found.extend(artifact(coordinates, origins, packages.member));
        }
    }
    let image = program.image().and_then(|it| platform.image(it));
    for jar in image.into_iter().flat_map(|it| &it.jars) {
        found.extend(artifact(jar, jar.origins.clone(), program.member));
    }
    found
}

fn artifact<'p>(
    coordinates: &'p str,
    origins: Origins,
    member: &'p Member,
) -> Option<Artifact<'p>> {
    let mut parts = coordinates.split(':');
    let (group, full, version) = (parts.next()?, parts.next()?, parts.next()?);
    let is_scala = |it: &str| it.starts_with("2.1") || it == "3";
    let (name, scala) = match full.rsplit_once('_') {
        Some((name, scala)) if is_scala(scala) => (name, Some(scala)),
        _ => (full, None),
    };
    (!coordinates.contains(['$', '{'])).then_some(Artifact {
        group,
        name,
        scala,
        version,
        coordinates,
        origins,
        member,
    })
}

/// The repository and the tag of a reference; none of what a template has still to fill.
fn repository_and_tag(reference: &str) -> Option<(&str, Option<&str>)> {
    if reference.is_empty() || reference.contains(['$', '{', '<', ' ', '%']) {
        return None;
    }
    let ImageParts { name, tag, .. } = ImageParts::of(reference);
    Some((name, tag))
}
