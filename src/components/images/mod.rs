//! `[images.NAME]`: container images, and what is declared to be inside.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Build, Component, Entry, Occurrence, Offers, offers, reference::SecretRef};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::{Sourced, Value},
    spark::SparkVersion,
    values::{ImageReference, MavenCoordinates},
};

/// A container image. What is inside is declared, so that it can be checked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The reference, with a tag or a digest; with a digest nobody can change what it means.
    reference: Sourced<ImageReference>,
    /// When a node asks the registry.
    #[serde(default)]
    pull_policy: Sourced<PullPolicy>,
    /// The Secret that the registry asks for.
    pull_secret: Option<Sourced<SecretRef>>,
    /// The user that its processes run as. Images of Apache Spark name theirs (`spark`), which
    /// Kubernetes cannot prove not to be root, so the number is stated.
    #[serde(default = "default_user")]
    #[schemars(range(min = 1, max = 2_147_483_647))]
    user: Sourced<u32>,
    /// The version of Spark inside.
    #[schemars(extend("x-kiln-fact" = true))]
    spark: Option<Sourced<SparkVersion>>,
    /// The minor version of Python inside.
    #[schemars(regex(pattern = r"^3\.([6-9]|[1-9][0-9])$"), example = "3.11")]
    #[schemars(extend("x-kiln-fact" = true))]
    python: Option<Sourced<String>>,
    /// The release of Java inside.
    #[schemars(range(min = 8, max = 99), example = 17)]
    #[schemars(extend("x-kiln-fact" = true))]
    java: Option<Sourced<u32>>,
    /// Whether it has Spark's script `/opt/decom.sh`, by which executors hand over their data before they go.
    /// The images of Apache Spark have it.
    #[schemars(extend("x-kiln-fact" = true))]
    decommission_script: Option<Sourced<bool>>,
    /// The Maven coordinates of the jars beyond Spark's own.
    #[serde(default)]
    #[schemars(example = ["org.apache.hadoop:hadoop-aws:3.4.2"])]
    #[schemars(extend("x-kiln-fact" = true))]
    jars: Vec<Sourced<MavenCoordinates>>,
}

/// When a node asks the registry for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum PullPolicy {
    #[default]
    IfNotPresent,
    Always,
    Never,
}

impl From<PullPolicy> for Value {
    fn from(policy: PullPolicy) -> Self {
        Self::from(match policy {
            PullPolicy::IfNotPresent => "IfNotPresent",
            PullPolicy::Always => "Always",
            PullPolicy::Never => "Never",
        })
    }
}

/// The user `spark` of Apache Spark's images:
/// <https://github.com/apache/spark-docker/blob/master/4.0.0/scala2.13-java21-ubuntu/Dockerfile>.
const fn default_user() -> Sourced<u32> {
    Sourced::constant(185)
}

/// The component.
pub struct Images;

impl Component for Images {
    type Settings = Settings;
    const TABLE: &'static str = "images";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const MAKES_OBJECTS: bool = false;
    const NEEDED: bool = true;
    const ABOUT: &'static str = "Container images, and what is declared to be inside.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        let python = settings.python.clone();
        offers.images.insert(
            entry.name.value.clone(),
            offers::Image {
                reference: settings.reference.map(ToString::to_string),
                pull_policy: settings.pull_policy.map(|it| match (*it).into() {
                    Value::String(text) => text,
                    _ => String::new(),
                }),
                pull_secret: settings
                    .pull_secret
                    .as_ref()
                    .map(|secret| secret.map(ToString::to_string)),
                user: settings.user.clone(),
                spark: settings.spark.clone(),
                python,
                java: settings.java.clone(),
                decommission_script: settings.decommission_script.clone(),
                jars: settings.jars.clone(),
                origins: entry.origins.clone(),
            },
        );
    }

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let reference = &entry.settings.reference;
        if reference.is_moving() {
            out.report(
                Diagnostic::error(
                    codes::BAD_VALUE,
                    format!("`{}` can mean another image tomorrow", **reference),
                )
                .at_value(&reference.origins, "no version")
                .hint("state a tag with a full version, or a digest"),
            );
        }
    }
}
