//! The JSON Schema of a spec, which the components put together.

use std::sync::OnceLock;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value as Json;

use super::formats::FORMATS;

/// A schema of draft 7, in which kiln's own keywords say what JSON Schema cannot.
#[derive(Debug)]
pub struct Schema {
    /// The schema.
    pub json: Json,
    validator: OnceLock<Validator>,
}

impl Schema {
    /// A schema that is compiled when it is first needed.
    #[must_use]
    pub const fn new(json: Json) -> Self {
        Self {
            json,
            validator: OnceLock::new(),
        }
    }

    /// The schema, compiled once for all environments of a run: that takes longer than all that it validates.
    pub(super) fn validator(&self) -> &Validator {
        self.validator.get_or_init(|| {
            let options = jsonschema::options()
                .with_draft(Draft::Draft7)
                // Our patterns need no look-around, and the plain engine compiles them in a third of the
                // time.
                .with_pattern_options(PatternOptions::regex())
                .should_validate_formats(true);
            let options = FORMATS.iter().fold(options, |options, (name, accepts)| {
                options.with_format(*name, |text: &str| accepts(text).is_ok())
            });
            options
                .build(&self.json)
                .expect("the schema is generated from our types, and a test compiles it")
        })
    }
}
