//! The formats of texts: for each, the type that reads it validates it too, so that every wrong text of a
//! spec is found in one run and in the words of its type.

use std::str::FromStr;

use crate::{kubernetes, spark::SparkVersion, values};

/// Judges a text: why it is none of its format.
type Validator = fn(&str) -> Result<(), String>;

/// The formats by name.
pub const FORMATS: &[(&str, Validator)] = &[
    ("address-block", validate::<values::AddressBlock>),
    ("annotation-key", validate::<values::AnnotationKey>),
    ("application-file", validate::<values::ApplicationFile>),
    ("branch", validate::<values::Branch>),
    ("bucket-name", validate::<values::BucketName>),
    ("catalog-url", validate::<values::CatalogUrl>),
    ("config-key", validate::<kubernetes::ConfigKey>),
    ("cores", validate::<kubernetes::CpuQuantity>),
    ("cron-schedule", validate::<values::CronSchedule>),
    ("day", validate::<values::Day>),
    ("endpoint", validate::<values::Endpoint>),
    ("folder-path", validate::<values::FolderPath>),
    ("go-duration", validate::<values::GoDuration>),
    ("host-port", validate::<values::HostPort>),
    ("image-reference", validate::<values::ImageReference>),
    ("interval", validate::<values::Interval>),
    ("ip-address", validate::<values::IpAddress>),
    ("label-key", validate::<values::LabelKey>),
    ("label-value", validate::<kubernetes::LabelValue>),
    ("maven-coordinates", validate::<values::MavenCoordinates>),
    ("memory", validate::<kubernetes::Memory>),
    ("metastore-url", validate::<values::MetastoreUrl>),
    ("namespace-name", validate::<kubernetes::NamespaceName>),
    ("object-identity", validate::<kubernetes::Identity>),
    ("object-name", validate::<kubernetes::SubdomainName>),
    ("remark", validate::<values::Remark>),
    ("repository-url", validate::<values::RepositoryUrl>),
    ("server-url", validate::<values::ServerUrl>),
    ("service-name", validate::<kubernetes::ServiceName>),
    ("socket-address", validate::<values::SocketAddress>),
    ("spark-duration", validate::<values::SparkDuration>),
    ("spark-version", validate::<SparkVersion>),
    ("taint", validate::<values::Taint>),
    ("time-zone", validate::<values::TimeZone>),
    ("variable-name", validate::<values::VariableName>),
];

fn validate<T: FromStr<Err: ToString>>(text: &str) -> Result<(), String> {
    text.parse::<T>()
        .map(|_| ())
        .map_err(|error| error.to_string())
}

/// What a text of a format is validated by; none for the names of sizes of numbers, such as `uint32`.
pub fn of(format: &str) -> Option<Validator> {
    let known = FORMATS.iter().find(|(name, _)| *name == format);
    known.map(|(_, validate)| *validate)
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
        "variable-name",
    ]
    .contains(&format)
}
