//! Which jars a program has, as far as its image and its properties tell.

use super::Program;
use crate::{
    document::Node,
    platform::{Platform, is_official},
};

/// The variables that add jars: of the image's `entrypoint.sh`, of `AbstractCommandBuilder` and of
/// `SparkClassCommandBuilder`.
const CLASS_PATHS: [&str; 3] = [
    "SPARK_EXTRA_CLASSPATH",
    "SPARK_DIST_CLASSPATH",
    "SPARK_DAEMON_CLASSPATH",
];

impl Program<'_> {
    /// Whether its image is Spark as it was released: an official one, or one that the spec declares.
    /// Others may hold another Hadoop or another Scala.
    #[must_use]
    pub fn is_plain_build(&self, platform: &Platform<'_>) -> bool {
        self.image()
            .is_some_and(|it| platform.image(it).is_some() || is_official(it))
    }

    /// Whether it has a jar beyond Spark's own, by the name of the artifact without its version of
    /// Scala; none when nothing in sight says so.
    #[must_use]
    pub fn has_jar(&self, platform: &Platform<'_>, artifact: &str) -> Option<bool> {
        let packages = self
            .properties
            .value("spark.jars.packages")
            .unwrap_or_default();
        let jars = self.properties.value("spark.jars").unwrap_or_default();
        if packages.contains(artifact) || jars.contains(artifact) {
            return Some(true);
        }
        let reference = self.image()?;
        if let Some(image) = platform.image(reference) {
            return Some(image.jars.iter().any(|it| it.contains(artifact)));
        }
        // Other jars may bring it along; the client of S3 brings nothing but the SDK of AWS.
        let is_leaf = |package: &str| {
            package.trim().starts_with("org.apache.hadoop:hadoop-aws:") && !artifact.contains("aws")
        };
        let mut packages = packages.split(',').filter(|it| !it.trim().is_empty());
        let has_others = !jars.is_empty() || !packages.all(is_leaf) || self.has_class_path();
        (is_official(reference) && self.is_complete && !has_others).then_some(false)
    }

    /// The version of a jar that is declared in the image or downloaded, by the name of its artifact.
    #[must_use]
    pub fn jar_version<'p>(&'p self, platform: &Platform<'p>, artifact: &str) -> Option<&'p str> {
        let packages = self.properties.value("spark.jars.packages");
        let packages = packages.into_iter().flat_map(|it| it.split(','));
        let image = self.image().and_then(|it| platform.image(it));
        let declared = image.into_iter().flat_map(|it| &it.jars);
        let mut all = packages.chain(declared.map(|it| it.as_str()));
        all.find_map(|it| {
            let (rest, version) = it.trim().rsplit_once(':')?;
            let name = rest.rsplit(':').next()?;
            let is_it = name == artifact
                || name
                    .strip_prefix(artifact)
                    .is_some_and(|it| it.starts_with("_2.1"));
            is_it.then_some(version)
        })
    }

    /// Whether jars may come from elsewhere than the image's own folder or a package.
    fn has_class_path(&self) -> bool {
        let mounts = self.container.map(|it| it.node.list_at(["volumeMounts"]));
        let is_of_jars = |mount: &Node| {
            let path = mount.str_at(["mountPath"]);
            path.is_some_and(|it| it.contains("jars"))
        };
        self.properties.get("spark.driver.extraClassPath").is_some()
            || CLASS_PATHS.iter().any(|it| self.variable(it).is_some())
            || mounts.into_iter().flatten().any(is_of_jars)
    }
}
