//! Keys that win over an identity.

use super::{has_keys, s3_providers, uses_s3};
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::cloud,
    platform::{Cloud, Platform, place},
    spark::stores::takes_web_identity,
};

/// The rule.
pub const CHECK: Check = pages::identity_beside_keys(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs().iter().filter(|it| uses_s3(it)) {
        let pods = program.data_pods(platform);
        let mut accounts = pods.iter().filter(|it| it.cloud() == Some(Cloud::Aws));
        let account = accounts.find_map(|it| it.account);
        let Some(account) = account.filter(|_| has_keys(program)) else {
            continue;
        };
        // Where the one provider takes the token, nobody asks for keys.
        let is_only_identity = s3_providers(program).any(|it| {
            let mut classes = it.value.split(',').map(str::trim);
            classes.next().is_some_and(takes_web_identity)
        });
        if is_only_identity {
            continue;
        }
        let identity = account.object.identity();
        let title = format!("keys are taken before the role of {identity}");
        let mut finding = CHECK.finds(title);
        let path = ["metadata", "annotations", cloud::AWS_ROLE];
        if let Some(annotation) = account.object.node().at(path) {
            finding = finding.at_value(place(&annotation.origins, account), "the role");
        }
        if let Some(node) = program.variable("AWS_ACCESS_KEY_ID") {
            finding = finding.at_value(place(&node.origins, program.member), "a key");
        }
        findings.push(program.member.object.identity(), finding);
    }
}
