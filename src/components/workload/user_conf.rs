//! Properties of Spark as a spec says them.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::document::Sourced;

/// Spark properties by name, as a user writes them.
pub type UserConf = BTreeMap<String, Sourced<PropertyValue>>;

/// The value of a Spark property, as a TOML string, number or boolean.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyValue(String);

impl fmt::Display for PropertyValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PropertyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;

        impl de::Visitor<'_> for Scalar {
            type Value = PropertyValue;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string, a number or a boolean")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PropertyValue, E> {
                Ok(PropertyValue(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<PropertyValue, E> {
                Ok(PropertyValue(number.to_string()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<PropertyValue, E> {
                Ok(PropertyValue(number.to_string()))
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<PropertyValue, E> {
                Ok(PropertyValue(flag.to_string()))
            }
        }

        deserializer.deserialize_any(Scalar)
    }
}

impl JsonSchema for PropertyValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PropertyValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}
