//! Roles that no provider of credentials asks for.

use super::{has_keys, s3_providers, uses_s3};
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::cloud,
    platform::{Cloud, Platform, place},
    spark::stores::{S3A_PROVIDER, takes_web_identity, web_identity_provider},
};

/// The rule.
pub const CHECK: Check = pages::identity_not_asked(run);

/// The classes that know nothing of a `ServiceAccount`, by how their names end.
const OTHERS: [&str; 8] = [
    "SimpleAWSCredentialsProvider",
    "TemporaryAWSCredentialsProvider",
    "EnvironmentVariableCredentialsProvider",
    "IAMInstanceCredentialsProvider",
    "InstanceProfileCredentialsProvider",
    "EC2ContainerCredentialsProviderWrapper",
    "AnonymousAWSCredentialsProvider",
    "ProfileCredentialsProvider",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| uses_s3(it)) {
        let pods = program.data_pods(platform);
        let account = pods
            .iter()
            .filter(|it| it.cloud() == Some(Cloud::Aws))
            .find_map(|it| it.account);
        let Some(account) = account.filter(|_| program.is_complete) else {
            continue;
        };
        let mut classes = s3_providers(program).flat_map(|it| it.value.split(',').map(str::trim));
        let may_ask =
            |class: &str| takes_web_identity(class) || !OTHERS.iter().any(|it| class.ends_with(it));
        if classes.any(may_ask) {
            continue;
        }
        let provider = s3_providers(program).next();
        if provider.is_none() && has_keys(program) {
            continue;
        }
        let identity = account.object.identity();
        let title = format!("S3A does not ask for the role of {identity}");
        let path = ["metadata", "annotations", cloud::AWS_ROLE];
        let annotation = account.object.node().at(path);
        let mut finding = CHECK.finds(title);
        if let Some(provider) = provider {
            let place = place(&provider.origins, provider.member);
            finding = finding.at_value(place, "asks others alone");
        }
        if let Some(annotation) = annotation {
            finding = finding.at_value(place(&annotation.origins, account), "the role");
        }
        if let Some(version) = &program.version {
            let class = web_identity_provider(version.release.facts().aws_sdk);
            finding = finding.hint(format!("set `{S3A_PROVIDER}` to `{class}`"));
        } else if let Some(image) = program.image().and_then(|it| platform.image(it)) {
            finding = finding
                .at_key(&image.origins, "`spark` is not declared here")
                .hint("declare the version, on which the class depends: `spark = \"4.1.4\"`");
        }
        findings.push(program.member.object.identity(), finding);
    }
}
