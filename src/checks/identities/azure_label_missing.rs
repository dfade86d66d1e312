//! Pods that the webhook of Azure leaves alone.

use super::azure_provider;
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::cloud,
    platform::{Cloud, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::azure_label_missing(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for program in platform.programs() {
        let provider = azure_provider(program);
        for pods in program.data_pods(platform) {
            let is_azure = pods.cloud() == Some(Cloud::Azure) || provider.is_some();
            let Some(end) = pods.end.as_ref().filter(|_| is_azure) else {
                continue;
            };
            if pods.azure_use.is_some_and(|(value, _)| value == "true") {
                continue;
            }
            let title = format!("Azure gives no token to {}", end.what);
            let mut finding = CHECK.finds(title);
            let annotation = pods.account.and_then(|it| {
                let path = ["metadata", "annotations", cloud::AZURE_CLIENT];
                Some((it.object.node().at(path)?, it))
            });
            if let Some((annotation, account)) = annotation {
                let place = place(&annotation.origins, account);
                finding = finding.at_value(place, "who they are");
            } else if let Some(provider) = provider {
                let place = place(&provider.origins, provider.member);
                finding = finding.at_value(place, "wants a token");
            }
            finding = match pods.azure_use {
                Some((_, origins)) => {
                    finding.at_value(place(origins, program.member), "says another word")
                }
                None => finding.at_key(
                    &program.member.origins,
                    format!("has no label `{}`", cloud::AZURE_USE),
                ),
            };
            findings.push(program.member.object.identity(), finding);
        }
    }
}
