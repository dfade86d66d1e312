//! Versions of the Kubeflow Spark operator.

use std::{fmt, str::FromStr};

/// A version of the operator, such as `2.5.2`, in the order of releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperatorVersion {
    major: u16,
    minor: u16,
    patch: u16,
}

impl OperatorVersion {
    /// A version by its numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self {
            major,
            minor,
            patch,
        }
    }
}

/// That a text is not a version of the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAVersion;

impl FromStr for OperatorVersion {
    type Err = NotAVersion;

    /// Reads three numbers, after an optional `v` as images have it.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let numbers = text.strip_prefix('v').unwrap_or(text).split('.');
        let numbers: Result<Vec<u16>, _> = numbers.map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[major, minor, patch]) => Ok(Self::new(major, minor, patch)),
            _ => Err(NotAVersion),
        }
    }
}

impl fmt::Display for OperatorVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}
