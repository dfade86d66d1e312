//! Drivers whose account nothing is granted to.

use super::{RBAC, name};
use crate::{
    checks::{Check, Findings, pages},
    kubernetes::rbac::{ServiceAccount, Target},
    platform::{DriverAccount, Platform, place},
};

/// The rule.
pub const CHECK: Check = pages::account_unbound(run);

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for driver in platform.drivers() {
        let account = driver.account;
        if platform.rbac().is_bound(account) || !is_certain(platform, &driver) {
            continue;
        }
        let identity = driver.program.member.object.identity();
        let title = format!(
            "{}, as whom the driver of {identity} runs, is bound to nothing",
            name(account)
        );
        let (pod, resource) = (driver.program.pod, driver.program.member.object.node());
        let node = pod
            .and_then(|it| it.at(["spec", "serviceAccountName"]))
            .or(pod.and_then(|it| it.get("spec")))
            .or(resource.at(["spec", "server"]))
            .unwrap_or(resource);
        let node = driver
            .program
            .application()
            .map_or(node, |it| it.at(["driver", "serviceAccount"]).unwrap_or(it));
        let place = place(&node.origins, driver.program.member);
        findings.push(
            identity,
            CHECK.finds(title).at_key(place, "nothing is granted to it"),
        );
    }
}

/// Whether no binding out of sight can name the account. Of somebody else's manifests this is so when
/// the pod names none, and its namespace has a binding for drivers that no pod makes use of.
fn is_certain(platform: &Platform<'_>, driver: &DriverAccount<'_>) -> bool {
    if platform.is_closed_world {
        return driver.account.name == "default" || platform.account(driver.account).is_some();
    }
    driver.account.name == "default"
        && platform.of_kind(RBAC, "RoleBinding").any(|binding| {
            let is_here = binding.object.identity().namespace.as_deref() == Some(driver.namespace);
            let subjects = binding.object.node().list_at(["subjects"]).iter();
            let mut accounts = subjects.filter(|it| it.str_at(["kind"]) == Some("ServiceAccount"));
            is_here
                && accounts.any(|it| {
                    let other = ServiceAccount {
                        namespace: it.str_at(["namespace"]).unwrap_or(driver.namespace),
                        name: it.str_at(["name"]).unwrap_or_default(),
                    };
                    is_for_drivers(platform, other) && !is_used(platform, other)
                })
        })
}

fn is_for_drivers(platform: &Platform<'_>, account: ServiceAccount<'_>) -> bool {
    let makes = |resource| {
        let target = Target::objects("", resource, account.namespace);
        let mut grants = platform.rbac().grants(account);
        grants.any(|it| it.rule().is_some_and(|it| it.covers("create", &target)))
    };
    makes("pods") && makes("configmaps")
}

fn is_used(platform: &Platform<'_>, account: ServiceAccount<'_>) -> bool {
    platform.pods().any(|pod| {
        let name = pod.node.str_at(["spec", "serviceAccountName"]);
        name == Some(account.name) && pod.namespace() == Some(account.namespace)
    })
}
