//! Annotations, which carry what others than Kubernetes read.

use std::{borrow::Cow, collections::BTreeMap, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::{document::Sourced, kubernetes::validate_annotation_key};

super::text!(
    /// The key of an annotation: as that of a label, whose domain may have capitals.
    AnnotationKey,
    "annotation-key",
    validate_annotation_key,
    { "description": "The key of an annotation: letters, digits, -, _ and ., at most 63, after an optional domain and /." }
);

/// Annotations by their keys; a value is any text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Annotations(BTreeMap<AnnotationKey, Sourced<String>>);

impl Deref for Annotations {
    type Target = BTreeMap<AnnotationKey, Sourced<String>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl JsonSchema for Annotations {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Annotations".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": AnnotationKey::json_schema(generator),
            "additionalProperties": {"type": "string"},
        })
    }
}
