//! Labels by which others are found, or that objects carry.

use std::{borrow::Cow, collections::BTreeMap, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::{
    document::Sourced,
    kubernetes::{LabelValue, validate_label_key},
};

super::text!(
    /// The key of a label: a name, after an optional DNS subdomain and `/`.
    LabelKey,
    "label-key",
    validate_label_key,
    { "description": "The key of a label: letters, digits, -, _ and ., at most 63, after an optional domain and /." }
);

/// Labels by their keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Labels(BTreeMap<LabelKey, Sourced<LabelValue>>);

impl Labels {
    /// The labels as plain texts.
    #[must_use]
    pub fn texts(&self) -> BTreeMap<String, Sourced<String>> {
        let text = |(key, value): (&LabelKey, &Sourced<LabelValue>)| {
            (key.to_string(), value.map(ToString::to_string))
        };
        self.0.iter().map(text).collect()
    }
}

impl<const N: usize> From<[(LabelKey, Sourced<LabelValue>); N]> for Labels {
    fn from(labels: [(LabelKey, Sourced<LabelValue>); N]) -> Self {
        Self(labels.into())
    }
}

impl Deref for Labels {
    type Target = BTreeMap<LabelKey, Sourced<LabelValue>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl JsonSchema for Labels {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Labels".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": LabelKey::json_schema(generator),
            "additionalProperties": LabelValue::json_schema(generator),
        })
    }
}
