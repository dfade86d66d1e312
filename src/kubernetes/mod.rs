//! What Kubernetes knows: quantities, names, identities, rights, and the structure of every kind.

mod catalogue;
mod name;
mod object;
mod quantity;
pub mod rbac;
mod schema;

use std::fmt;

pub use catalogue::{Scope, default_group, kinds, scope, versions};
pub use name::{
    ConfigKey, LabelValue, NamespaceName, ServiceName, SubdomainName, validate_annotation_key,
    validate_label, validate_label_key, validate_label_value, validate_object_name,
};
pub use object::{Container, ContainerRole, Identity, Object, PodTemplate};
pub use quantity::{CpuQuantity, Memory, Quantity};
pub use schema::{Coverage, validate, validate_scope};

/// Why a text is not what it was read as: one line without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError(pub(crate) String);

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for ParseError {}

/// Gives a type that is written as text its way into specs, documents and JSON.
macro_rules! written_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl From<$type> for crate::document::Value {
            fn from(it: $type) -> Self {
                Self::String(it.to_string())
            }
        }

        impl From<&$type> for crate::document::Value {
            fn from(it: &$type) -> Self {
                Self::String(it.to_string())
            }
        }
    };
}

use written_as_text;
