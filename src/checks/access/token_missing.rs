//! Drivers without a token for the API server.

use crate::{
    checks::{Check, Findings, pages},
    document::Node,
    platform::{DriverAccount, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::token_missing(run);

const FIELD: &str = "automountServiceAccountToken";

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for driver in platform.drivers() {
        let member = driver.program.member;
        let of_pod = driver.program.pod.and_then(|it| it.at(["spec", FIELD]));
        let account = platform.account(driver.account);
        let of_account = account.and_then(|it| it.object.node().get(FIELD));
        let (node, maker) = match (of_pod, of_account, account) {
            (Some(node), ..) => (node, member),
            (None, Some(node), Some(account)) => (node, account),
            _ => continue,
        };
        if node.as_bool() != Some(false) || has_other(&driver) {
            continue;
        }
        let identity = member.object.identity();
        let title = format!("the driver of {identity} gets no token for the API server");
        let finding = CHECK.finds(title);
        let place = place(&node.origins, maker);
        findings.push(identity, finding.at_key(place, "mounts none"));
    }
}

/// Whether it may identify itself in another way.
fn has_other(driver: &DriverAccount<'_>) -> bool {
    let pod = driver.program.pod;
    let volumes = pod.map_or(&[][..], |it| it.list_at(["spec", "volumes"]));
    let sources = |volume: &Node| {
        let mut sources = volume.list_at(["projected", "sources"]).iter();
        // An old token in a Secret, or what somebody else writes there.
        sources.any(|it| it.get("serviceAccountToken").is_some())
            || volume.get("secret").is_some()
            || volume.get("csi").is_some()
    };
    let mut properties = driver.program.properties.iter();
    volumes.iter().any(sources)
        || driver.program.variable("KUBECONFIG").is_some()
        || properties.any(|it| {
            it.key.starts_with("spark.kubernetes.authenticate.")
                && !it.key.ends_with(".serviceAccountName")
        })
}
