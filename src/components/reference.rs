//! Names that must be entries of another table; the schema stage resolves them.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::document::Value;

macro_rules! reference {
    ($(#[$documentation:meta])* $type:ident, $table:literal, $description:literal) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(transparent)]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl From<$type> for Value {
            fn from(name: $type) -> Self {
                Self::String(name.0)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": $description,
                    "x-kiln-reference": $table,
                })
            }
        }
    };
}

reference!(
    /// A namespace of the spec.
    NamespaceRef,
    "namespaces",
    "The name of an entry of `namespaces`."
);
reference!(
    /// An image of the spec.
    ImageRef,
    "images",
    "The name of an entry of `images`."
);
reference!(
    /// A Secret of the spec.
    SecretRef,
    "secrets",
    "The name of an entry of `secrets`."
);
reference!(
    /// An identity of the spec.
    IdentityRef,
    "identities",
    "The name of an entry of `identities`."
);
reference!(
    /// A catalog of the spec.
    CatalogRef,
    "catalogs",
    "The name of an entry of `catalogs`."
);
reference!(
    /// A bucket of the object store.
    BucketRef,
    "object-store.buckets",
    "One of `object-store.buckets`."
);
reference!(
    /// A queue of the spec.
    QueueRef,
    "queues",
    "The name of an entry of `queues`."
);
reference!(
    /// A Connect server of the spec.
    ConnectRef,
    "connect",
    "The name of an entry of `connect`."
);
