//! `[delivery]`: which engine syncs the compiled tree, and from where.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Occurrence, Offers, offers};
use crate::{
    document::Sourced,
    engines::Chosen,
    values::{Branch, FolderPath, RepositoryUrl},
};

/// How the compiled tree reaches the cluster.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The engine that syncs it.
    engine: Sourced<Chosen>,
    /// The URL of this repository, as the engine reaches it.
    repository: Sourced<RepositoryUrl>,
    /// The branch that the engine follows.
    #[serde(default = "main")]
    revision: Sourced<Branch>,
    /// The folder of the repository that holds this kiln project, when it is not the root.
    #[serde(default)]
    folder: Sourced<FolderPath>,
}

fn main() -> Sourced<Branch> {
    Sourced::constant("main".parse().expect("main is a branch"))
}

/// The component.
pub struct Delivery;

impl Component for Delivery {
    type Settings = Settings;
    const TABLE: &'static str = "delivery";
    const SHAPE: Occurrence = Occurrence::Required;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str = "How the compiled tree reaches the cluster.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        offers.delivery = Some(offers::Delivery {
            engine: settings.engine.value.clone(),
            repository: settings.repository.map(ToString::to_string),
            revision: settings.revision.map(ToString::to_string),
            folder: settings.folder.map(ToString::to_string),
            origins: entry.origins.clone().chosen_by(&settings.engine.origins),
        });
    }

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        match settings.engine.access(&settings.repository) {
            Ok(Some(prerequisite)) => out.prerequisite(prerequisite),
            Ok(None) => {}
            Err(diagnostic) => out.report(*diagnostic),
        }
    }
}
