//! Who Spark is to a cloud.

mod azure_label_missing;
mod azure_provider_missing;
mod executors_without_identity;
mod identity_beside_keys;
mod identity_not_asked;
mod pod_identity_refused;
mod token_file_unset;
mod token_service_unreachable;

use super::Check;
use crate::{
    platform::{Program, Property},
    spark::stores::{AZURE, AZURE_PROVIDER, S3A_PROVIDER},
};

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    identity_not_asked::CHECK,
    pod_identity_refused::CHECK,
    azure_provider_missing::CHECK,
    azure_label_missing::CHECK,
    token_file_unset::CHECK,
    token_service_unreachable::CHECK,
    executors_without_identity::CHECK,
    identity_beside_keys::CHECK,
];

/// Whether a program reads or writes S3.
fn uses_s3(program: &Program<'_>) -> bool {
    let mut properties = program.properties.iter();
    properties.any(|it| {
        it.value.starts_with("s3a://") || it.key.starts_with("spark.hadoop.fs.s3a.endpoint")
    })
}

/// The property that makes Azure's client take the token of a `ServiceAccount`.
fn azure_provider<'p, 'a>(program: &'p Program<'a>) -> Option<&'p Property<'a>> {
    let mut properties = program.properties.iter();
    properties.find(|it| it.key.starts_with(AZURE) && it.value == AZURE_PROVIDER)
}

/// Who S3A asks: for all buckets, and for some alone.
fn s3_providers<'p, 'a>(program: &'p Program<'a>) -> impl Iterator<Item = &'p Property<'a>> {
    program.properties.iter().filter(|it| {
        let of_bucket = it.key.strip_prefix("spark.hadoop.fs.s3a.bucket.");
        it.key == S3A_PROVIDER
            || of_bucket.is_some_and(|it| it.ends_with(".aws.credentials.provider"))
    })
}

/// Whether a program has an access key, by which S3A's own list of providers stops.
fn has_keys(program: &Program<'_>) -> bool {
    program.variable("AWS_ACCESS_KEY_ID").is_some()
        || program
            .properties
            .get("spark.hadoop.fs.s3a.access.key")
            .is_some()
}
