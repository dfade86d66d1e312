//! `[notes.NAME]`: a text for whoever looks into a namespace.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Offers, Shape, reference::NamespaceRef};
use crate::{
    document::Sourced,
    manifests::Layer,
    render::{Context, Template, template},
    values::Remark,
};

const CONFIG_MAP: Template = template!("components/notes/templates/config-map.yaml.hbs");

/// A text for whoever looks into a namespace.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where it stands.
    namespace: Sourced<NamespaceRef>,
    /// What it says.
    text: Sourced<Remark>,
}

/// The component.
pub struct Notes;

impl Component for Notes {
    type Settings = Settings;
    const TABLE: &'static str = "notes";
    const SHAPE: Shape = Shape::Keyed;
    const ABOUT: &'static str = "Texts for whoever looks into a namespace.";

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        let context = Context::new()
            .value("name", entry.name.map(|it| format!("note-{it}")))
            .value("namespace", settings.namespace.text())
            .value("text", settings.text.text());
        out.object(Layer::Platform, CONFIG_MAP, &entry.origins, &context);
    }
}
