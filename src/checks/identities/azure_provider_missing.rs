//! Identities of Azure and a Hadoop that does not know them.

use super::azure_provider;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::version::AwsSdk,
};

/// The rule.
pub const CHECK: Check = pages::azure_provider_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let Some(property) = azure_provider(program) else {
            continue;
        };
        // Hadoop 3.4 brought both the other SDK of AWS and this class.
        let version = program.version.as_ref().filter(|it| {
            it.release.facts().aws_sdk == AwsSdk::V1 && program.is_plain_build(platform)
        });
        let Some(version) = version else {
            continue;
        };
        let hadoop = version.release.facts().hadoop;
        let title = format!("Hadoop {hadoop} cannot take an identity of Azure");
        let mut finding = CHECK
            .finds(title)
            .at_value(place(&property.origins, property.member), "asks for it");
        if let Some(image) = program.image().and_then(|it| platform.image(it)) {
            finding = finding.at_key(&image.origins, "runs from this image");
        }
        findings.push(program.member.object.identity(), finding);
    }
}
