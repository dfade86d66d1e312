//! EKS Pod Identity and an SDK of AWS that refuses its agent.

use super::{s3_providers, uses_s3};
use crate::{
    checks::{Check, Findings, pages},
    components::offers::IdentityKind,
    platform::{Platform, place},
    spark::version::AwsSdk,
};

/// The rule.
pub const CHECK: Check = pages::pod_identity_refused(run);

/// The first release of version 1 of the SDK that speaks to the agent.
const FIRST: [u32; 3] = [1, 12, 746];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let identity = platform.offers.storage_identity();
    let identity = identity.filter(|it| matches!(*it.kind, IdentityKind::AwsPodIdentity));
    for program in platform.programs().iter().filter(|it| uses_s3(it)) {
        let named = s3_providers(program).find(|it| {
            it.value
                .contains("com.amazonaws.auth.ContainerCredentialsProvider")
        });
        let is_old = program.version.as_ref().filter(|it| {
            it.release.facts().aws_sdk == AwsSdk::V1 && program.is_plain_build(platform)
        });
        let Some(version) = is_old.filter(|_| identity.is_some() || named.is_some()) else {
            continue;
        };
        let bundle = program.jar_version(platform, "aws-java-sdk-bundle");
        if bundle.is_some_and(|it| numbers(it).is_none_or(|it| it >= FIRST)) {
            continue;
        }
        let title = format!(
            "the AWS SDK of Spark {} does not speak to the agent of EKS Pod Identity",
            version.release.line()
        );
        let mut finding = CHECK.finds(title);
        if let Some(property) = named {
            finding = finding.at_value(place(&property.origins, property.member), "asks it");
        } else if let Some(identity) = &identity {
            finding = finding.at_value(&identity.kind.origins, "asks it");
        }
        if let Some(image) = program.image().and_then(|it| platform.image(it)) {
            finding = finding.at_key(&image.origins, "runs from this image");
        }
        findings.push(program.member.object.identity(), finding);
    }
}

/// The numbers of a version; none of one that is written in another way.
fn numbers(version: &str) -> Option<[u32; 3]> {
    let numbers: Result<Vec<u32>, _> = version.split('.').map(str::parse).collect();
    numbers.ok()?.try_into().ok()
}
