//! Reads a typed value from a [`Node`], handing origins to every [`super::Sourced`] on the way.

use std::{fmt, iter};

use serde::{
    Deserialize,
    de::{
        self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
        Unexpected, VariantAccess, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};

use super::{Node, Origins, Sourced, Value, sourced::SOURCED};

/// A value that does not have the shape of its type, and the value that is to blame.
#[derive(Clone, Debug)]
pub struct DeserializeError {
    /// What is wrong, in the words of the type that refused it.
    pub message: String,
    /// The origins of the innermost value that was refused.
    pub origins: Option<Origins>,
}

impl fmt::Display for DeserializeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for DeserializeError {}

impl de::Error for DeserializeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            origins: None,
        }
    }
}

/// Reads a `T` from a node.
///
/// # Errors
/// The first value that does not fit, with its origins.
pub fn deserialize<'de, T: Deserialize<'de>>(node: &'de Node) -> Result<T, DeserializeError> {
    T::deserialize(Reader { node, table: None })
}

#[derive(Clone, Copy)]
struct Reader<'de> {
    node: &'de Node,
    /// The table in which the node stands.
    table: Option<&'de Node>,
}

impl<'de> Reader<'de> {
    /// The table in which the node stands, to be read itself.
    fn around(self) -> Result<Self, DeserializeError> {
        let node = self.table.ok_or_else(|| {
            de::Error::custom("a value that chooses other keys stands in a table with them")
        });
        node.map(|node| Self { node, table: None })
    }

    /// The members of a table.
    fn members(table: &'de Node) -> impl Iterator<Item = (&'de str, Self)> {
        let table = Some(table);
        let members = table.into_iter().flat_map(Node::entries);
        members.map(move |(key, node)| (key.as_str(), Self { node, table }))
    }

    /// Blames this node for an error that no inner node is blamed for.
    fn blame<T>(self, result: Result<T, DeserializeError>) -> Result<T, DeserializeError> {
        result.map_err(|error| DeserializeError {
            origins: error.origins.or_else(|| Some(self.node.origins.clone())),
            ..error
        })
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        let table = self.table;
        self.blame(match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(*flag),
            Value::Integer(number) => visitor.visit_i64(*number),
            Value::Float(number) => visitor.visit_f64(*number),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::List(items) => visitor.visit_seq(SeqDeserializer::new(
                items.iter().map(move |node| Reader { node, table }),
            )),
            Value::Map(_) => visitor.visit_map(MapDeserializer::new(Self::members(self.node))),
        })
    }

    /// A table has the keys of its variants beside its own; the schema has refused all others.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        match self.node.value {
            Value::Map(_) => self.blame(visitor.visit_map(MapDeserializer::new(
                Self::members(self.node).filter(|(key, _)| fields.contains(key)),
            ))),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        if name == SOURCED {
            self.blame(visitor.visit_seq(Pair {
                of: self,
                next: Half::Origins,
            }))
        } else {
            self.blame(visitor.visit_newtype_struct(self))
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.blame(match &self.node.value {
            Value::String(text) => visitor.visit_enum(Variant(text, self)),
            other => Err(de::Error::invalid_type(
                Unexpected::Other(other.kind()),
                &"a string",
            )),
        })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, DeserializeError> for Reader<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The two elements that [`super::Sourced`] reads: its origins, then its value.
struct Pair<'de> {
    of: Reader<'de>,
    next: Half,
}

enum Half {
    Origins,
    Value,
    Done,
}

impl<'de> SeqAccess<'de> for Pair<'de> {
    type Error = DeserializeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Self::Error> {
        match self.next {
            Half::Origins => {
                self.next = Half::Value;
                let numbers = self.of.node.origins.iter().map(super::OriginId::number);
                seed.deserialize(SeqDeserializer::new(numbers)).map(Some)
            }
            Half::Value => {
                self.next = Half::Done;
                seed.deserialize(self.of).map(Some)
            }
            Half::Done => Ok(None),
        }
    }
}

/// The variant of an enum, written as a string. What it holds, be it named fields or structs, are keys of
/// the table around the string.
struct Variant<'de>(&'de str, Reader<'de>);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = DeserializeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), Self::Error> {
        let name: Result<_, DeserializeError> = seed.deserialize(self.0.into_deserializer());
        Ok((self.1.blame(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = DeserializeError;

    fn unit_variant(self) -> Result<(), Self::Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(
        self,
        seed: T,
    ) -> Result<T::Value, Self::Error> {
        seed.deserialize(self.1.around()?)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let table = iter::repeat_n(self.1.around()?, length);
        visitor.visit_seq(SeqDeserializer::new(table))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.1.around()?.deserialize_struct("", fields, visitor)
    }
}

/// A tree as it stands, for settings whose structure is another's business.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Sourced { value, origins } = Sourced::<Value>::deserialize(deserializer)?;
        Ok(Self::new(value, origins))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
                Ok(flag.into())
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Float(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
                Ok(text.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Value::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
                let mut map = super::Map::new();
                while let Some((key, node)) = entries.next_entry()? {
                    map.insert(key, node);
                }
                Ok(Value::Map(map))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
