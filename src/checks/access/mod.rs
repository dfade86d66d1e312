//! Who may do what: ServiceAccounts, tokens, Roles and their bindings.

mod account_missing;
mod account_unbound;
mod airflow_rights;
mod driver_rights;
mod driver_rights_leak;
mod driver_rights_patch;
mod executors_with_driver_account;
mod token_missing;
mod token_needless;
mod too_much;

use std::collections::BTreeSet;

use super::{Check, Findings};
use crate::{
    diagnostics::Diagnostic,
    document::Node,
    graph::Member,
    kubernetes::{
        Object,
        rbac::{Grant, ServiceAccount},
    },
    platform::{Platform, place},
    spark::rights::Right,
};

/// The checks, in the order of their codes.
pub const CHECKS: &[Check] = &[
    driver_rights::CHECK,
    driver_rights_leak::CHECK,
    driver_rights_patch::CHECK,
    too_much::CHECK,
    account_missing::CHECK,
    account_unbound::CHECK,
    token_missing::CHECK,
    token_needless::CHECK,
    airflow_rights::CHECK,
    executors_with_driver_account::CHECK,
];

const RBAC: &str = "rbac.authorization.k8s.io";

/// Verbs on a resource that an account lacks in a namespace.
struct Lack<'a> {
    account: ServiceAccount<'a>,
    namespace: &'a str,
    group: &'a str,
    resource: &'a str,
    verbs: Vec<&'a str>,
    /// What follows from it, for each verb.
    notes: Vec<String>,
}

impl Lack<'_> {
    /// Says so at what comes closest: a rule on the resource, or else a binding. The title ends in what
    /// the account is for.
    fn report(self, check: &Check, platform: &Platform<'_>, whose: &str, findings: &mut Findings) {
        let grants: Vec<_> = platform.rbac().grants(self.account).collect();
        let holds = |it: &&Grant<'_>| it.namespace.is_none_or(|it| it == self.namespace);
        let is_about = |it: &Grant<'_>| {
            let rule = it.rule();
            rule.is_some_and(|it| {
                it.group(self.group).is_some() && it.resource(self.resource).is_some()
            })
        };
        let closest = grants.iter().filter(holds).find(|it| is_about(it));
        let rule = closest.and_then(Grant::rule);
        let verbs = code_list(&self.verbs);
        let (object, node, label) = if let Some(rule) = rule {
            let verbs_of_rule = rule.node.get("verbs").unwrap_or(rule.node);
            (rule.role, verbs_of_rule, format!("lacks {verbs}"))
        } else if let Some(grant) = grants.iter().find(holds) {
            // A rule stands in the bound role, unless that aggregates others.
            let (object, part) = match grant.rule() {
                Some(rule) => (rule.role, "rules"),
                None => (grant.binding, "roleRef"),
            };
            let node = object.node().get(part).unwrap_or(object.node());
            (object, node, format!("says nothing of `{}`", self.resource))
        } else if let Some(grant) = grants.first() {
            let node = grant.binding.node().at(["metadata", "namespace"]);
            let label = format!("nothing of this holds in `{}`", self.namespace);
            (grant.binding, node.unwrap_or(grant.binding.node()), label)
        } else {
            return;
        };
        let title = format!(
            "{} may not {verbs} `{}` in `{}`, as {whose} has to",
            name(self.account),
            self.resource,
            self.namespace
        );
        let finding = self
            .notes
            .into_iter()
            .fold(check.finds(title), Diagnostic::note);
        findings.push(
            object.identity(),
            at(platform, finding, object, node, label),
        );
    }
}

/// Whether what an account lacks is certain: everything is in sight, or a role that somebody wrote for
/// drivers and that says something of pods.
fn knows_rights(platform: &Platform<'_>, account: ServiceAccount<'_>) -> bool {
    let mut bindings = platform.of_kind(RBAC, "RoleBinding");
    // One without a namespace lies wherever it will be applied.
    let is_placed = bindings.all(|it| it.object.identity().namespace.is_some());
    let mut grants = platform.rbac().grants(account);
    let is_on_pods = |grant: Grant<'_>| {
        let rule = grant.rule();
        rule.is_some_and(|it| it.group("").is_some() && it.resource("pods").is_some())
    };
    platform.is_whole || is_placed && grants.any(is_on_pods)
}

/// An account in words.
fn name(account: ServiceAccount<'_>) -> String {
    format!("ServiceAccount/{}/{}", account.namespace, account.name)
}

/// Underlines a part of an object, or what made the object.
fn at(
    platform: &Platform<'_>,
    finding: Diagnostic,
    object: &Object,
    node: &Node,
    label: impl Into<String>,
) -> Diagnostic {
    match member(platform, object) {
        Some(member) => finding.at_value(place(&node.origins, member), label),
        None => finding.at_node(node, label),
    }
}

fn member<'a>(platform: &Platform<'a>, object: &Object) -> Option<&'a Member> {
    platform.graph.member(object.identity())
}

/// Such as `` `get` and `list` ``.
fn code_list(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|it| format!("`{it}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// Reports what drivers lack of the rights that a check is about, once for each account.
fn lacking(
    check: &Check,
    platform: &Platform<'_>,
    findings: &mut Findings,
    is_such: impl Fn(&Right) -> bool,
) {
    let mut said = BTreeSet::new();
    for driver in platform.drivers() {
        let is_bound = platform.rbac().is_bound(driver.account);
        if !is_bound || !knows_rights(platform, driver.account) {
            continue;
        }
        let mut lacks = driver.lacks(platform);
        lacks.retain(&is_such);
        let mut resources: Vec<_> = lacks.iter().map(|it| it.resource).collect();
        resources.dedup();
        for resource in resources {
            let rights = lacks.iter().filter(|it| it.resource == resource);
            let lack = Lack {
                account: driver.account,
                namespace: driver.namespace,
                group: "",
                resource,
                verbs: rights.clone().map(|it| it.verb).collect(),
                notes: rights
                    .map(|it| format!("the driver needs `{}` {}: `{}`", it.verb, it.when, it.log))
                    .collect(),
            };
            let key = (
                name(lack.account),
                lack.verbs.concat(),
                resource,
                lack.namespace,
            );
            if said.insert(key) {
                lack.report(check, platform, "a driver", findings);
            }
        }
    }
}
