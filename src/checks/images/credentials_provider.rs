//! Credentials providers of another AWS SDK.

use crate::{
    checks::{Check, Example, Findings},
    diagnostics::Code,
    platform::{Platform, place},
    spark::version::AwsSdk,
};

/// The rule.
pub const CHECK: Check = Check {
    code: Code {
        number: "E1007",
        name: "credentials-provider",
        page: "Hadoop 3.3, in Spark 3.5, speaks version 1 of the AWS SDK; Hadoop 3.4 and later speak \
               version 2, whose classes have other packages. Five classes of version 1 are read as those \
               that replaced them; every other is looked for and not found.",
    },
    symptom: "`ClassNotFoundException: com.amazonaws.auth.DefaultAWSCredentialsProviderChain`, with the \
               first access to S3; for event logs at the start",
    fix: "leave the provider unset: the variables `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are \
               found by themselves",
    source: "Hadoop 3.4.2: org/apache/hadoop/fs/s3a/auth/CredentialProviderListFactory; run on 3.5.7 and \
               4.1.4",
    example: Example::Spec {
        failing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.hadoop.fs.s3a.bucket.lake.aws.credentials.provider" = "com.amazonaws.auth.DefaultAWSCredentialsProviderChain"
"#,
        passing: r#"extends = "_example.toml"

[connect.analytics.conf]
"spark.hadoop.fs.s3a.bucket.lake.aws.credentials.provider" = "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider"
"#,
    },
    run,
};

/// The classes that Hadoop 3.4 reads as others.
const MAPPED: [&str; 5] = [
    "com.amazonaws.auth.AnonymousAWSCredentials",
    "com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper",
    "com.amazonaws.auth.InstanceProfileCredentialsProvider",
    "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    "com.amazonaws.auth.profile.ProfileCredentialsProvider",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(version) = program
            .version
            .as_ref()
            .filter(|_| program.is_plain_build(platform))
        else {
            continue;
        };
        let facts = version.release.facts();
        let (foreign, jar) = match facts.aws_sdk {
            AwsSdk::V1 => ("software.amazon.awssdk.", "awssdk"),
            AwsSdk::V2 => ("com.amazonaws.", "aws-java-sdk"),
        };
        // Somebody may have added that SDK.
        if program.has_jar(platform, jar) == Some(true) {
            continue;
        }
        for property in &program.properties {
            let is_provider = property.key.starts_with("spark.hadoop.fs.s3a.")
                && property.key.ends_with("aws.credentials.provider");
            let mut classes = property.value.split(',').map(str::trim);
            let class = classes.find(|it| it.starts_with(foreign) && !MAPPED.contains(it));
            if let Some(class) = class.filter(|_| is_provider) {
                let title = format!("Hadoop {} has no class `{class}`", facts.hadoop);
                let place = place(&property.origins, property.member);
                let diagnostic = CHECK.finds(title).at_value(place, "of another AWS SDK");
                findings.push(property.member.object.identity(), diagnostic);
            }
        }
    }
}
