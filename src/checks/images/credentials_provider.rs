//! Credentials providers of another AWS SDK.

use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, Program, place},
    spark::version::AwsSdk,
};

/// The rule.
pub const CHECK: Check = pages::credentials_provider(run);

/// The classes that Hadoop 3.4 reads as others.
const MAPPED: [&str; 5] = [
    "com.amazonaws.auth.AnonymousAWSCredentials",
    "com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper",
    "com.amazonaws.auth.InstanceProfileCredentialsProvider",
    "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    "com.amazonaws.auth.profile.ProfileCredentialsProvider",
];

/// Classes of S3A that people look for in the SDK. No version of that has them (`aws-java-sdk-core` 1.12.262).
const OF_S3A: [&str; 2] = [
    "SimpleAWSCredentialsProvider",
    "TemporaryAWSCredentialsProvider",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let foreign = foreign_classes(platform, program);
        let is_provider = |key: &str| {
            key.starts_with("spark.hadoop.fs.s3a.") && key.ends_with("aws.credentials.provider")
        };
        for property in program.properties.iter().filter(|it| is_provider(&it.key)) {
            let mut classes = property.value.split(',').map(str::trim);
            let finding = classes.find_map(|class| {
                let place = place(&property.origins, property.member);
                let name = class
                    .strip_prefix("com.amazonaws.auth.")
                    .unwrap_or_default();
                if OF_S3A.contains(&name) {
                    let title = format!("no AWS SDK has a class `{class}`");
                    let meant = format!("did you mean `org.apache.hadoop.fs.s3a.{name}`?");
                    return Some(CHECK.finds(title).at_value(place, "").hint(meant));
                }
                let (foreign, hadoop) = foreign?;
                let is_foreign = class.starts_with(foreign) && !MAPPED.contains(&class);
                is_foreign.then(|| {
                    let title = format!("Hadoop {hadoop} has no class `{class}`");
                    CHECK.finds(title).at_value(place, "of another AWS SDK")
                })
            });
            if let Some(mut finding) = finding {
                finding.notes = vec!["`ClassNotFoundException`, with the first access to S3; for event logs at the start".to_owned()];
                findings.push(property.member.object.identity(), finding);
            }
        }
    }
}

/// What the classes begin with that a program certainly lacks, and the version of its Hadoop.
fn foreign_classes(
    platform: &Platform<'_>,
    program: &Program<'_>,
) -> Option<(&'static str, &'static str)> {
    let facts = program.version.as_ref()?.release.facts();
    let (foreign, jar) = match facts.aws_sdk {
        AwsSdk::V1 => ("software.amazon.awssdk.", "awssdk"),
        AwsSdk::V2 => ("com.amazonaws.", "aws-java-sdk"),
    };
    // Somebody may have added that SDK.
    let is_certain =
        program.is_plain_build(platform) && program.has_jar(platform, jar) != Some(true);
    is_certain.then_some((foreign, facts.hadoop))
}
