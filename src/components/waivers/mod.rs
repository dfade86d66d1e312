//! `[waivers.NAME]`: findings of the catalogue that somebody accepts, with a reason and for a time.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Occurrence, Offers, offers};
use crate::{document::Sourced, kubernetes::Identity, values::Day};

/// A finding that somebody accepts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("x-kiln-fact" = true))]
pub struct Settings {
    /// The name of the check, as `kiln explain` lists it.
    #[schemars(example = "limits-removed")]
    check: Sourced<String>,
    /// The object that it finds fault with: `Kind/namespace/name`, or `Kind/name`.
    object: Sourced<Identity>,
    /// Why that is accepted, for the next reader.
    #[schemars(length(min = 10))]
    reason: Sourced<String>,
    /// The last day on which it is accepted. Only `kiln check` reads the clock.
    expires: Sourced<Day>,
}

/// The component.
pub struct Waivers;

impl Component for Waivers {
    type Settings = Settings;
    const TABLE: &'static str = "waivers";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str = "Findings that somebody accepts, with a reason and for a time.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        offers.waivers.push(offers::Waiver {
            name: entry.name.clone(),
            check: settings.check.clone(),
            object: settings.object.clone(),
            reason: settings.reason.clone(),
            expires: settings.expires.map(ToString::to_string),
        });
    }

    /// A waiver makes nothing; the checks read what it covers.
    fn build(&self, _: &Entry<Settings>, _: &Offers, _: &mut Build<'_>) {}
}
