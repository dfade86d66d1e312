//! A typed setting that remembers its origins.

use std::{borrow::Cow, fmt, ops::Deref};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use super::{Node, OriginId, Origins, Value};

/// The name by which [`super::deserialize`] recognises that a value's origin is asked for.
pub(super) const SOURCED: &str = "$kiln::Sourced";

/// A value of a settings type with what made it.
///
/// Components compute with these, so that a field made from two settings names both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// What made it.
    pub origins: Origins,
}

impl<T> Sourced<T> {
    /// A value with its origins.
    pub const fn new(value: T, origins: Origins) -> Self {
        Self { value, origins }
    }

    /// A value that nothing in a spec made.
    pub const fn constant(value: T) -> Self {
        Self::new(value, Origins::none())
    }

    /// A value computed from this one alone.
    pub fn map<U>(&self, compute: impl FnOnce(&T) -> U) -> Sourced<U> {
        Sourced::new(compute(&self.value), self.origins.clone())
    }

    /// A value computed from this one and another.
    pub fn with<U, V>(&self, other: &Sourced<U>, compute: impl FnOnce(&T, &U) -> V) -> Sourced<V> {
        Sourced::new(
            compute(&self.value, &other.value),
            self.origins.clone().and(&other.origins),
        )
    }

    /// The same value, made by something else too.
    #[must_use]
    pub fn with_origin(mut self, origins: &Origins) -> Self {
        self.origins.extend(origins);
        self
    }

    /// The same value, which something else chose, as a name chooses an entry.
    #[must_use]
    pub fn chosen_by(self, origins: &Origins) -> Self {
        Self::new(self.value, self.origins.chosen_by(origins))
    }
}

impl<T: fmt::Display> Sourced<T> {
    /// The value as text, with its origins, for a template.
    pub fn text(&self) -> Node {
        Node::new(self.value.to_string(), self.origins.clone())
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Into<Value>> From<Sourced<T>> for Node {
    fn from(sourced: Sourced<T>) -> Self {
        Self::new(sourced.value, sourced.origins)
    }
}

impl<T: Clone + Into<Value>> From<&Sourced<T>> for Node {
    fn from(sourced: &Sourced<T>) -> Self {
        Self::new(sourced.value.clone(), sourced.origins.clone())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Sourced<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Pair<T> {
            type Value = Sourced<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value with its origin")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Self::Value, A::Error> {
                let numbers: Vec<u32> = pair
                    .next_element()?
                    .ok_or_else(|| de::Error::custom("a sourced value has origins"))?;
                let value = pair
                    .next_element()?
                    .ok_or_else(|| de::Error::custom("a sourced value has a value"))?;
                let origins = numbers.into_iter().map(OriginId::from_number).collect();
                Ok(Sourced::new(value, origins))
            }
        }

        deserializer.deserialize_newtype_struct(SOURCED, Pair(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Sourced<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: serde::Serialize> serde::Serialize for Sourced<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

/// Any value at all.
impl JsonSchema for Node {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Node".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}
