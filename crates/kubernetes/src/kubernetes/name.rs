//! Names, with the letters and the length that the API server allows.
//!
//! The rules are those of <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
//! and <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer};

use super::{ParseError, written_as_text};

/// A rule for names: how long they may be, and of which letters.
struct Rule {
    /// What such a name is called in a message.
    what: &'static str,
    max: usize,
    /// The letters, in the words of a message.
    letters: &'static str,
    pattern: &'static str,
    holds: fn(&str) -> bool,
}

impl Rule {
    fn check(&self, name: &str) -> Result<(), String> {
        let Self {
            what, max, letters, ..
        } = self;
        if name.len() > *max {
            let length = name.len();
            return Err(format!(
                "`{name}` has {length} characters, {} more than {what} may have ({max})",
                length - max
            ));
        }
        if !(self.holds)(name) {
            return Err(format!("`{name}` is not {what}: {letters}"));
        }
        Ok(())
    }
}

const LABEL: Rule = Rule {
    what: "a DNS label",
    max: 63,
    letters: "it takes lower-case letters, digits and `-`, and begins and ends with a letter or digit",
    pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    holds: is_label,
};

const SUBDOMAIN: Rule = Rule {
    what: "a DNS subdomain",
    max: 253,
    letters: "it takes lower-case letters, digits, `-` and `.`, and each part between dots begins \
              and ends with a letter or digit",
    pattern: r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    holds: |name| name.split('.').all(is_label),
};

const SERVICE: Rule = Rule {
    what: "a Service name",
    max: 63,
    letters: "it takes lower-case letters, digits and `-`, begins with a letter, and ends with a \
              letter or digit",
    pattern: "^[a-z]([-a-z0-9]*[a-z0-9])?$",
    holds: |name| is_label(name) && name.starts_with(|it: char| it.is_ascii_lowercase()),
};

const LABEL_VALUE: Rule = Rule {
    what: "a label value",
    max: 63,
    letters: "it takes letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit",
    pattern: "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
    holds: |value| value.is_empty() || is_qualified(value),
};

const KEY_NAME: Rule = Rule {
    what: "a key (after its prefix)",
    max: 63,
    letters: "it takes letters, digits, `-`, `_` and `.`, and begins and ends with a letter or digit",
    pattern: "^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$",
    holds: is_qualified,
};

const CONFIG_KEY: Rule = Rule {
    what: "a key of a Secret or ConfigMap",
    max: 253,
    letters: "it takes letters, digits, `-`, `_` and `.`, and does not begin with `..`",
    pattern: r"^([-_a-zA-Z0-9]|\.[-_a-zA-Z0-9])[-._a-zA-Z0-9]*$",
    holds: |key| {
        let known = |it: u8| it.is_ascii_alphanumeric() || b"-_.".contains(&it);
        !key.is_empty() && key != "." && !key.starts_with("..") && key.bytes().all(known)
    },
};

/// Some kinds take anything that can stand in the path of a URL.
const PATH_SEGMENT: Rule = Rule {
    what: "a path segment",
    // The server has no limit of its own for these.
    max: usize::MAX,
    letters: "it takes anything but `/` and `%`, and is neither `.` nor `..`",
    pattern: "^[^/%]+$",
    holds: |name| !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '%']),
};

fn is_label(name: &str) -> bool {
    let edge = |it: Option<u8>| it.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    let bytes = name.as_bytes();
    edge(bytes.first().copied())
        && edge(bytes.last().copied())
        && bytes.iter().all(|it| edge(Some(*it)) || *it == b'-')
}

fn is_qualified(name: &str) -> bool {
    let edge = |it: Option<u8>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    let bytes = name.as_bytes();
    edge(bytes.first().copied())
        && edge(bytes.last().copied())
        && bytes
            .iter()
            .all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(it))
}

macro_rules! name_type {
    ($(#[$documentation:meta])* $type:ident, $rule:ident, $format:literal, $description:literal) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = ParseError;

            fn from_str(name: &str) -> Result<Self, ParseError> {
                $rule.check(name).map_err(ParseError)?;
                Ok(Self(name.to_owned()))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = Cow::<str>::deserialize(deserializer)?;
                name.parse().map_err(de::Error::custom)
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
                    "format": $format,
                    "description": $description,
                    "pattern": $rule.pattern,
                    "maxLength": $rule.max,
                })
            }
        }

        written_as_text!($type);
    };
}

name_type!(
    /// The name of a namespace: a DNS label of at most 63 characters
    /// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names>).
    NamespaceName,
    LABEL,
    "namespace-name",
    "The name of a namespace: lower-case letters, digits and -, at most 63."
);

name_type!(
    /// The name of most objects: DNS labels joined by dots, at most 253 characters
    /// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names>).
    SubdomainName,
    SUBDOMAIN,
    "object-name",
    "The name of a Kubernetes object: lower-case letters, digits, - and ., at most 253."
);

name_type!(
    /// The name of a Service, and of anything that a Service is named after: a DNS label that
    /// begins with a letter
    /// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#rfc-1035-label-names>).
    ServiceName,
    SERVICE,
    "service-name",
    "A name that a Service can have: lower-case letters, digits and -, beginning with a letter, at most 63."
);

name_type!(
    /// The value of a label
    /// (<https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>).
    LabelValue,
    LABEL_VALUE,
    "label-value",
    "The value of a label: letters, digits, -, _ and ., beginning and ending with a letter or digit, at most 63."
);

name_type!(
    /// A key of a Secret or a `ConfigMap`
    /// (<https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-object>).
    ConfigKey,
    CONFIG_KEY,
    "config-key",
    "A key of a Secret or ConfigMap: letters, digits, -, _ and ., at most 253."
);

/// Whether an object of a kind may have a name.
///
/// The rule of each kind is that of its `Validate…Name` function in
/// <https://github.com/kubernetes/kubernetes/tree/v1.34.0/pkg/apis>; custom resources take DNS
/// subdomains.
///
/// # Errors
/// What is wrong with the name, in one line.
pub fn validate_object_name(group: &str, kind: &str, name: &str) -> Result<(), String> {
    let rule = match (group, kind) {
        ("", "Namespace") | ("apps", "StatefulSet") => &LABEL,
        ("", "Service") => &SERVICE,
        ("rbac.authorization.k8s.io", _)
        | ("apiregistration.k8s.io", "APIService")
        | ("policy", "PodDisruptionBudget") => &PATH_SEGMENT,
        _ => &SUBDOMAIN,
    };
    rule.check(name)?;
    if (group, kind) == ("scheduling.k8s.io", "PriorityClass") && name.starts_with("system-") {
        return Err(format!(
            "`{name}` begins with `system-`, which is reserved for Kubernetes"
        ));
    }
    // The name becomes the value of a label of the pods, for a CronJob with ten digits of time.
    let max = match (group, kind) {
        ("batch", "CronJob") => 52,
        ("batch", "Job") => 63,
        _ => return Ok(()),
    };
    if name.len() > max {
        return Err(format!(
            "`{name}` has {} characters, and the name of a {kind} may have {max}, origins its \
             pods carry it in a label",
            name.len()
        ));
    }
    Ok(())
}

/// Whether a text can be the key of a label: a name, after an optional DNS subdomain and `/`.
///
/// # Errors
/// What is wrong with the key, in one line.
pub fn validate_label_key(key: &str) -> Result<(), String> {
    let name = match key.split_once('/') {
        Some((prefix, name)) => {
            SUBDOMAIN
                .check(prefix)
                .map_err(|why| format!("the prefix of `{key}` is wrong: {why}"))?;
            name
        }
        None => key,
    };
    KEY_NAME.check(name)
}

/// Whether a text can be the key of an annotation: as that of a label, in any case of letters.
///
/// # Errors
/// What is wrong with the key, in one line.
pub fn validate_annotation_key(key: &str) -> Result<(), String> {
    validate_label_key(&key.to_ascii_lowercase())
}

/// Whether a text can be the value of a label.
///
/// # Errors
/// What is wrong with the value, in one line.
pub fn validate_label_value(value: &str) -> Result<(), String> {
    LABEL_VALUE.check(value)
}

/// Whether a label can stand on an object.
///
/// # Errors
/// What is wrong with its key or else its value, in one line.
pub fn validate_label(key: &str, value: &str) -> Result<(), String> {
    validate_label_key(key).map_err(|why| format!("label {why}"))?;
    validate_label_value(value).map_err(|why| format!("label `{key}`: {why}"))
}
