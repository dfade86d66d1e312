//! `[prerequisites.NAME]`: what the cluster holds already, so that objects may refer to it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Occurrence, Offers};
use crate::{document::Sourced, kubernetes::Identity, manifests::Prerequisite, values::Remark};

/// Objects that somebody else makes. kiln lists them with what must exist before a sync, and lets
/// `extra`, `patches` and all tables refer to them; resources of a definition that is named here may
/// stand in `extra`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("x-kiln-fact" = true))]
pub struct Settings {
    /// The objects: `Kind/namespace/name`, or `Kind/name` for one without a namespace.
    #[schemars(
        length(min = 1),
        extend("uniqueItems" = true),
        example = ["CustomResourceDefinition/servicemonitors.monitoring.coreos.com", "StorageClass/gp3"]
    )]
    objects: Vec<Sourced<Identity>>,
    /// Who makes them, for the reader of the list.
    provided_by: Option<Sourced<Remark>>,
}

/// The component.
pub struct Prerequisites;

impl Component for Prerequisites {
    type Settings = Settings;
    const TABLE: &'static str = "prerequisites";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const ABOUT: &'static str = "What the cluster holds already, so that objects may refer to it.";

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        for object in &settings.objects {
            out.prerequisite(Prerequisite {
                object: object.value.clone(),
                keys: Vec::new(),
                why: match &settings.provided_by {
                    Some(who) => format!("provided by {}", **who),
                    None => format!("declared in `prerequisites.{}`", *entry.name),
                },
                origins: object.origins.clone(),
            });
        }
    }
}
