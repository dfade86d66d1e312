//! Texts of a spec with a grammar of their own: addresses, URLs, images, schedules.
//!
//! Each is a type that holds no text which the cluster would refuse, so that nothing behind the
//! schema has to ask again. Its grammar reaches the schema as a `format` ([`crate::spec::formats`]).

mod address;
mod application_file;
mod bucket;
mod day;
mod duration;
mod git;
mod image;
mod labels;
mod maven;
mod remark;
mod schedule;
mod taint;
mod url;
mod variable;

pub use address::{AddressBlock, HostPort, IpAddress, SocketAddress};
pub use application_file::ApplicationFile;
pub use bucket::BucketName;
pub use day::Day;
pub use duration::{GoDuration, Interval, SparkDuration};
pub use git::{Branch, FolderPath, RepositoryUrl};
pub use image::{ImageParts, ImageReference};
pub use labels::{AnnotationKey, Annotations, ByKey, LabelKey, Labels};
pub use maven::MavenCoordinates;
pub use remark::Remark;
pub use schedule::{CronSchedule, TimeZone, check_cron};
pub use taint::Taint;
pub use url::{CatalogUrl, Endpoint, MetastoreUrl, ServerUrl};
pub use variable::VariableName;

/// Defines a type for texts that a function accepts. The schema gets the text's format, for kiln, and
/// what an editor can show of it.
macro_rules! text {
    ($(#[$documentation:meta])* $type:ident, $format:literal, $check:expr, $schema:tt) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(String);

        impl $type {
            /// The text as it was written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::ops::Deref for $type {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = $crate::kubernetes::ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let check: fn(&str) -> Result<(), String> = $check;
                check(text).map_err($crate::kubernetes::ParseError)?;
                Ok(Self(text.to_owned()))
            }
        }

        $crate::values::written!($type, $format, $schema);

        impl std::fmt::Display for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

/// Gives a type that is parsed from a text its way into specs, their schema, and documents.
macro_rules! written {
    ($type:ident, $format:literal, $schema:tt) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema = schemars::json_schema!($schema);
                schema.insert("type".to_owned(), "string".into());
                schema.insert("format".to_owned(), $format.into());
                schema
            }
        }

        $crate::kubernetes::written_as_text!($type);
    };
}

use {text, written};
