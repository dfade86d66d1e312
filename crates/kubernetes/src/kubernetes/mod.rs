//! What Kubernetes knows: quantities, names, identities, rights, the structure of every kind, and what
//! selectors and network policies mean.

mod catalogue;
mod cidr;
pub mod cloud;
pub mod immutable;
mod list;
mod name;
mod network_policy;
mod object;
mod pod_security;
mod policy_rules;
mod quantity;
pub mod ranges;
pub mod rbac;
pub mod rights;
pub mod scheduling;
mod schema;
mod selector;

use std::fmt;

pub use catalogue::{Scope, default_group, is_builtin, kinds, scope, versions};
pub use cidr::Cidr;
pub use list::{ITEM_KEYS, flatten};
pub use name::{
    ConfigKey, LabelValue, NamespaceName, ServiceName, SubdomainName, validate_annotation_key,
    validate_label, validate_label_key, validate_label_value, validate_object_name,
};
pub use network_policy::{
    Connection, ConnectionEnd, Denial, Direction, NAMESPACE_NAME, NamedPort, NetworkPolicies,
    Opened, Permission, Pod, Protocol, Verdict, opened,
};
pub use object::{Container, ContainerRole, Identity, Object, PodTemplate};
pub use pod_security::{PodSecurity, Violation, violations};
pub use policy_rules::{AddressBlock, Namespaces, PolicyRule, RulePeer, RulePods, RulePort};
pub use quantity::{CpuQuantity, Memory, Quantity};
pub use schema::{Coverage, Extent, validate, validate_part, validate_scope};
pub use selector::{Answer, Labels, Selectors};

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

pub(crate) use written_as_text;
