//! Hadoop's clients of object stores: their schemes, the jars that they are in, and how they prove who they are.

use super::version::AwsSdk;

/// An object store that Hadoop has a client for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// What URLs begin with, such as `s3a://`.
    pub scheme: &'static str,
    /// The name in words.
    pub name: &'static str,
    /// The artifacts that bring it, any of them, by their names.
    pub jars: &'static [&'static str],
}

/// The clients. The cloud module of Spark brings all but Google's
/// (<https://spark.apache.org/docs/latest/cloud-integration.html>), which is in no release of Hadoop before 3.5.
pub const CLIENTS: [Client; 3] = [
    Client {
        scheme: "s3a://",
        name: "S3",
        jars: &["hadoop-aws", "spark-hadoop-cloud"],
    },
    Client {
        scheme: "gs://",
        name: "Google Cloud Storage",
        jars: &["gcs-connector", "hadoop-gcp"],
    },
    Client {
        scheme: "abfss://",
        name: "Azure Data Lake Storage",
        jars: &["hadoop-azure", "spark-hadoop-cloud"],
    },
];

/// Who S3A asks for credentials.
pub const S3A_PROVIDER: &str = "spark.hadoop.fs.s3a.aws.credentials.provider";

/// The provider that exchanges the token of a ServiceAccount for credentials of AWS. It is in no default list of
/// S3A's (`CredentialProviderListFactory`, `S3AUtils.STANDARD_AWS_PROVIDERS`), so the node's role is taken instead.
#[must_use]
pub const fn web_identity_provider(sdk: AwsSdk) -> &'static str {
    match sdk {
        AwsSdk::V1 => "com.amazonaws.auth.WebIdentityTokenCredentialsProvider",
        AwsSdk::V2 => {
            "software.amazon.awssdk.auth.credentials.WebIdentityTokenFileCredentialsProvider"
        }
    }
}

/// Whether a class exchanges the token of a ServiceAccount, by itself or among others.
#[must_use]
pub fn takes_web_identity(class: &str) -> bool {
    class.contains("WebIdentityToken")
        || class.ends_with(".DefaultAWSCredentialsProviderChain")
        || class.ends_with(".DefaultCredentialsProvider")
}

/// The provider of S3A's that asks the agent of EKS Pod Identity, or else the node.
pub const S3A_OF_CONTAINER: &str = "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider";

/// The provider of S3A's that signs nothing.
pub const S3A_ANONYMOUS: &str = "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider";

/// The provider that exchanges the token of a ServiceAccount for one of Azure. Hadoop has it from 3.4.1 on.
pub const AZURE_PROVIDER: &str =
    "org.apache.hadoop.fs.azurebfs.oauth2.WorkloadIdentityTokenProvider";

/// Where properties of Azure's client begin.
pub const AZURE: &str = "spark.hadoop.fs.azure.account.";
