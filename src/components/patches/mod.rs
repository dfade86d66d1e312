//! `[patches.NAME]`: changes of single objects, for what no key of the spec offers.
//!
//! A patch that matches nothing is an error: it would silently stop working when something is renamed.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Occurrence, Offers};
use crate::{
    document::{Node, Sourced},
    kubernetes::Identity,
    manifests::Patch,
};

/// A change of one object.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("x-kiln-fact" = true))]
pub struct Settings {
    /// The object: `Kind/namespace/name`, or `Kind/name` for one without a namespace. Also what stands in
    /// a text: an application that Airflow applies, as `SparkApplication/NAMESPACE/NAME`, and the template
    /// of executors, as `Pod/NAMESPACE/spark-connect-NAME-executors` or
    /// `Pod/NAMESPACE/spark-notebook-executors`.
    target: Sourced<Identity>,
    /// A merge patch (RFC 7386): what is stated replaces what is there, table by table. In place of a list whose
    /// items have a `name`, as containers and variables have one, a table may state single items by theirs.
    merge: Option<Node>,
    /// A JSON patch (RFC 6902): a list of operations, each with `op`, `path` and mostly `value`. In a path
    /// the `name` of an item may stand in place of its position: `/spec/template/spec/containers/spark-connect`.
    /// Together they may copy and move 100,000 values.
    operations: Option<Node>,
}

/// The component.
pub struct Patches;

impl Component for Patches {
    type Settings = Settings;
    const TABLE: &'static str = "patches";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str = "Changes of single objects, for what no key of the spec offers.";

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        out.manifests.patches.push(Patch {
            target: settings.target.clone(),
            merge: settings.merge.clone(),
            operations: settings.operations.clone(),
            origins: entry.origins.clone(),
        });
    }
}
