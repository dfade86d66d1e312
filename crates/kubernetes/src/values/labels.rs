//! Labels and annotations: texts by keys that have a domain.

use std::{borrow::Cow, collections::BTreeMap, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    document::Sourced,
    kubernetes::{LabelValue, validate_annotation_key, validate_label_key},
};

super::text!(
    /// The key of a label: a name, after an optional DNS subdomain and `/`.
    LabelKey,
    "label-key",
    validate_label_key,
    { "description": "The key of a label: letters, digits, -, _ and ., at most 63, after an optional domain and /." }
);

super::text!(
    /// The key of an annotation: as that of a label, whose domain may have capitals.
    AnnotationKey,
    "annotation-key",
    validate_annotation_key,
    { "description": "The key of an annotation: letters, digits, -, _ and ., at most 63, after an optional domain and /." }
);

/// Labels, by which others find an object.
pub type Labels = ByKey<LabelKey, LabelValue>;

/// Annotations, which carry what others than Kubernetes read.
pub type Annotations = ByKey<AnnotationKey, String>;

/// Values by keys with a grammar of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    transparent,
    bound(
        serialize = "K: Serialize, V: Serialize",
        deserialize = "K: DeserializeOwned + Ord, V: DeserializeOwned"
    )
)]
pub struct ByKey<K, V>(BTreeMap<K, Sourced<V>>);

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

impl<K: Ord, V> ByKey<K, V> {
    /// Sets the value of a key that has none.
    pub fn set_default(&mut self, key: K, value: Sourced<V>) {
        self.0.entry(key).or_insert(value);
    }
}

impl<K, V> Default for ByKey<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V, const N: usize> From<[(K, Sourced<V>); N]> for ByKey<K, V> {
    fn from(entries: [(K, Sourced<V>); N]) -> Self {
        Self(entries.into())
    }
}

impl<K, V> Deref for ByKey<K, V> {
    type Target = BTreeMap<K, Sourced<V>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K: JsonSchema, V: JsonSchema> JsonSchema for ByKey<K, V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}s by {}", V::schema_name(), K::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": K::json_schema(generator),
            "additionalProperties": V::json_schema(generator),
        })
    }
}
