//! `[waivers.NAME]`: findings of the catalogue that somebody accepts, with a reason and for a time.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Build, Component, Entry, Offers, Shape, offers};
use crate::{
    checks,
    diagnostics::{Diagnostic, codes, did_you_mean, name_list},
    document::Sourced,
    kubernetes::Identity,
    values::Day,
};

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
    const SHAPE: Shape = Shape::Keyed;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str = "Findings that somebody accepts, with a reason and for a time.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        let known = checks::all().map(|check| check.code.name);
        // A slip in the check's name is reported once; the finding that was meant stays accepted.
        let Some(check) = did_you_mean(&settings.check, known) else {
            return;
        };
        offers.waivers.push(offers::Waiver {
            name: entry.name.clone(),
            check: settings.check.map(|_| check.to_owned()),
            object: settings.object.clone(),
            reason: settings.reason.clone(),
            expires: settings.expires.map(ToString::to_string),
        });
    }

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let check = &entry.settings.check;
        let known = || checks::all().map(|check| check.code.name);
        if known().all(|name| name != check.as_str()) {
            let diagnostic = Diagnostic::error(
                codes::UNKNOWN_NAME,
                format!("there is no check `{}`", **check),
            )
            .at_value(&check.origins, "unknown name");
            out.report(match did_you_mean(check, known()) {
                Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
                None => diagnostic.hint(format!("the checks are {}", name_list(known()))),
            });
        }
    }
}
