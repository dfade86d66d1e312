//! The formats of texts: for each, the type that reads it judges it too, so that every wrong text of a
//! spec is found in one run and in the words of its type.

use std::str::FromStr;

use crate::{kubernetes, spark::SparkVersion, values};

/// Judges a text: why it is none of its format.
type Judge = fn(&str) -> Result<(), String>;

/// The formats by name.
pub const FORMATS: &[(&str, Judge)] = &[
    ("address-block", judge::<values::AddressBlock>),
    ("application-file", judge::<values::ApplicationFile>),
    ("branch", judge::<values::Branch>),
    ("bucket-name", judge::<values::BucketName>),
    ("config-key", judge::<kubernetes::ConfigKey>),
    ("cores", judge::<kubernetes::CpuQuantity>),
    ("cron-schedule", judge::<values::CronSchedule>),
    ("day", judge::<values::Day>),
    ("endpoint", judge::<values::Endpoint>),
    ("folder-path", judge::<values::FolderPath>),
    ("go-duration", judge::<values::GoDuration>),
    ("host-port", judge::<values::HostPort>),
    ("image-reference", judge::<values::ImageReference>),
    ("interval", judge::<values::Interval>),
    ("label-key", judge::<values::LabelKey>),
    ("label-value", judge::<kubernetes::LabelValue>),
    ("maven-coordinates", judge::<values::MavenCoordinates>),
    ("memory", judge::<kubernetes::Memory>),
    ("namespace-name", judge::<kubernetes::NamespaceName>),
    ("object-identity", judge::<kubernetes::Identity>),
    ("object-name", judge::<kubernetes::SubdomainName>),
    ("remark", judge::<values::Remark>),
    ("repository-url", judge::<values::RepositoryUrl>),
    ("server-url", judge::<values::ServerUrl>),
    ("service-name", judge::<kubernetes::ServiceName>),
    ("socket-address", judge::<values::SocketAddress>),
    ("spark-duration", judge::<values::SparkDuration>),
    ("spark-version", judge::<SparkVersion>),
    ("time-zone", judge::<values::TimeZone>),
];

fn judge<T: FromStr<Err: ToString>>(text: &str) -> Result<(), String> {
    text.parse::<T>()
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// What a text of a format is judged by; none for the names of sizes of numbers, such as `uint32`.
pub fn of(format: &str) -> Option<Judge> {
    let known = FORMATS.iter().find(|(name, _)| *name == format);
    known.map(|(_, judge)| *judge)
}

/// Whether a format says only how large a number of Rust is.
pub fn is_of_number(format: &str) -> bool {
    format == "double"
        || format.starts_with("int") && format != "interval"
        || format.starts_with("uint")
}

/// Whether a format is that of a name in Kubernetes.
pub fn is_of_name(format: &str) -> bool {
    [
        "config-key",
        "label-key",
        "label-value",
        "namespace-name",
        "object-name",
        "service-name",
    ]
    .contains(&format)
}
