//! Which Spark a program is, and what says so.

use super::{Arguments, Platform, Program, Properties};
use crate::{
    document::{Node, Origins, Sourced},
    spark::{Line, SparkVersion},
    values::ImageParts,
};

/// A version of Spark, as far as it is known, with what says so.
#[derive(Clone, Debug)]
pub struct Version {
    /// The release.
    pub release: SparkVersion,
    /// What says so.
    pub origins: Origins,
}

impl Version {
    /// The minor line.
    #[must_use]
    pub const fn line(&self) -> Line {
        self.release.line()
    }
}

/// The version that an operator's resource states.
pub(super) fn stated(spec: &Node) -> Option<Version> {
    let node = spec.get("sparkVersion")?;
    Some(Version {
        release: node.as_str()?.parse().ok()?,
        origins: node.origins.clone(),
    })
}

pub(super) fn version(platform: &Platform<'_>, program: &Program<'_>) -> Option<Version> {
    let of_container = program.container.and_then(|container| {
        let node = container.node.get("image")?;
        of_image(platform, node.as_str()?, &node.origins)
    });
    let image = program.properties.get("spark.kubernetes.container.image");
    let of_container = of_container.or_else(|| of_jar(&program.arguments));
    of_container
        .or_else(|| image.and_then(|it| of_image(platform, &it.value, &it.origins)))
        .or_else(|| of_package(&program.properties))
}

/// The version inside an image: as the spec declares it, or as the tag of an official image says.
pub(super) fn of_image(
    platform: &Platform<'_>,
    reference: &str,
    origins: &Origins,
) -> Option<Version> {
    if let Some(image) = platform.image(reference) {
        let Sourced { value, origins } = image.spark.clone()?;
        return Some(Version {
            release: value,
            origins,
        });
    }
    Some(Version {
        release: tag_of_spark(reference)?.parse().ok()?,
        origins: origins.clone(),
    })
}

/// What the tag of an image begins with, when the image is called after Spark.
pub(super) fn tag_of_spark(reference: &str) -> Option<&str> {
    let image = ImageParts::of(reference);
    let name = image.last_name();
    let is_spark = name.contains("spark") && !name.contains("operator");
    image.tag.filter(|_| is_spark)?.split('-').next()
}

/// Whether an image is one that the Spark project publishes, so that its contents are known.
#[must_use]
pub fn is_official(reference: &str) -> bool {
    let name = reference.strip_prefix("docker.io/").unwrap_or(reference);
    let name = name.strip_prefix("library/").unwrap_or(name);
    matches!(ImageParts::of(name).name, "spark" | "apache/spark")
}

/// The version of a jar of Spark that the command line names, such as `spark-connect_2.13-4.1.0.jar`.
fn of_jar(arguments: &Arguments) -> Option<Version> {
    arguments.words().find_map(|(word, origins)| {
        let jar = word.rsplit('/').next()?.strip_suffix(".jar")?;
        let (artifact, release) = jar.rsplit_once('-')?;
        let is_own = ["spark-connect_", "spark-core_", "spark-examples_"];
        let release = release.parse().ok()?;
        let is_own = is_own.iter().any(|it| artifact.starts_with(it));
        is_own.then(|| Version {
            release,
            origins: origins.clone(),
        })
    })
}

/// The version that Spark's own package has, which must be the program's.
fn of_package(properties: &Properties<'_>) -> Option<Version> {
    let packages = properties.get("spark.jars.packages")?;
    let package = packages
        .value
        .split(',')
        .find(|it| it.trim().starts_with("org.apache.spark:spark-"))?;
    Some(Version {
        release: package.trim().rsplit(':').next()?.parse().ok()?,
        origins: packages.origins.clone(),
    })
}
