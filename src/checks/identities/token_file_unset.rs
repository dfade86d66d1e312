//! Tokens of Azure that Hadoop looks for where they once were.

use super::azure_provider;
use crate::{
    checks::{Check, Findings, pages},
    platform::{Platform, place},
    spark::stores::AZURE,
};

/// The rule.
pub const CHECK: Check = pages::token_file_unset(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| it.is_complete) {
        let Some(provider) = azure_provider(program) else {
            continue;
        };
        let file = format!("{AZURE}oauth2.token.file");
        if program
            .properties
            .iter()
            .any(|it| it.key.starts_with(&file))
        {
            continue;
        }
        let title = "Hadoop looks for the token of Azure where older webhooks mounted it";
        findings.push(
            provider.member.object.identity(),
            CHECK
                .finds(title)
                .at_value(place(&provider.origins, provider.member), "takes the token"),
        );
    }
}
