//! Who may do what: ServiceAccounts, tokens, Roles and their bindings.

mod account_missing;
mod account_unbound;
mod airflow_log_rights;
mod airflow_rights;
mod driver_rights;
mod driver_rights_leak;
mod driver_rights_patch;
mod executors_with_driver_account;
mod operator_rights;
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
        rbac::{Grant, Request, ServiceAccount, Target, Verdict},
    },
    platform::{Platform, place},
    spark::calls::Calls,
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
    operator_rights::CHECK,
    airflow_log_rights::CHECK,
];

const RBAC: &str = "rbac.authorization.k8s.io";

/// What an account lacks in a namespace.
struct MissingPermissions<'a> {
    account: ServiceAccount<'a>,
    namespace: &'a str,
    /// Each a group, a resource and a verb.
    rights: Vec<(&'a str, &'a str, &'a str)>,
}

impl<'a> MissingPermissions<'a> {
    /// What an account lacks of what a program calls in a namespace.
    fn of(
        platform: &Platform<'_>,
        account: ServiceAccount<'a>,
        namespace: &'a str,
        calls: &[Calls],
    ) -> Self {
        let calls = calls.iter().flat_map(Calls::needed);
        let is_denied = |(group, resource, verb): &(&str, &str, &str)| {
            let request = Request {
                account,
                verb,
                target: Target::objects(group, resource, namespace),
            };
            matches!(platform.rbac().authorize(&request), Verdict::Denied)
        };
        Self {
            account,
            namespace,
            rights: calls.filter(is_denied).collect(),
        }
    }

    /// Says so at what comes closest, once for each place. The title ends in whose account it is, and
    /// `note` tells what follows from the lack of a right, by its position.
    fn report(
        &self,
        check: &Check,
        platform: &Platform<'_>,
        whose: &str,
        note: impl Fn(usize) -> Option<String>,
        findings: &mut Findings,
    ) {
        let mut places: Vec<(Closest<'_>, Vec<usize>)> = Vec::new();
        for (position, (group, resource, _)) in self.rights.iter().enumerate() {
            let Some(closest) = self.closest(platform, group, resource) else {
                continue;
            };
            let mut known = places.iter_mut();
            match known.find(|(it, _)| std::ptr::eq(it.node, closest.node)) {
                Some((_, positions)) => positions.push(position),
                None => places.push((closest, vec![position])),
            }
        }
        for (closest, positions) in places {
            let rights = positions.iter().map(|it| &self.rights[*it]);
            let words: Vec<_> = rights
                .clone()
                .map(|(_, resource, verb)| format!("{verb} {resource}"))
                .collect();
            let lacks: BTreeSet<_> = match closest.lacks {
                Gap::Verbs => rights.map(|(_, _, verb)| (*verb).to_owned()).collect(),
                Gap::Rules => rights.map(|(_, it, _)| (*it).to_owned()).collect(),
                Gap::Namespace => [self.namespace.to_owned()].into(),
            };
            let title = format!(
                "{} may not {} in `{}`, as {whose} has to",
                name(self.account),
                code_list(words),
                self.namespace
            );
            let notes = positions.iter().filter_map(|it| note(*it));
            let finding = notes.fold(check.finds(title), Diagnostic::note);
            let label = format!("lacks {}", code_list(lacks));
            let Closest { object, node, .. } = closest;
            findings.push(
                object.identity(),
                at(platform, finding, object, node, label),
            );
        }
    }

    /// What comes closest to a right on a resource: a rule about it, or else a role or a binding.
    fn closest<'p>(
        &self,
        platform: &Platform<'p>,
        group: &str,
        resource: &str,
    ) -> Option<Closest<'p>> {
        let grants: Vec<_> = platform.rbac().grants(self.account).collect();
        let holds = |it: &&Grant<'_>| it.namespace.is_none_or(|it| it == self.namespace);
        let is_about = |it: &Grant<'_>| {
            let rule = it.rule();
            rule.is_some_and(|it| it.group(group).is_some() && it.resource(resource).is_some())
        };
        let here = || grants.iter().filter(holds);
        let rule = here().find(|it| is_about(it)).and_then(Grant::rule);
        if let Some(rule) = rule {
            return Some(Closest {
                object: rule.role,
                node: rule.node.get("verbs").unwrap_or(rule.node),
                lacks: Gap::Verbs,
            });
        }
        let (object, path, lacks) = match (here().next(), grants.first()) {
            // A rule stands in the bound role, unless that aggregates others.
            (Some(grant), _) => match grant.rule() {
                Some(rule) => (rule.role, &["rules"][..], Gap::Rules),
                None => (grant.binding, &["roleRef"][..], Gap::Rules),
            },
            (None, Some(grant)) => (
                grant.binding,
                &["metadata", "namespace"][..],
                Gap::Namespace,
            ),
            (None, None) => return None,
        };
        let node = object.node().at(path.iter().copied());
        Some(Closest {
            object,
            node: node.unwrap_or(object.node()),
            lacks,
        })
    }
}

/// A part of an object in which something is missing.
struct Closest<'a> {
    object: &'a Object,
    node: &'a Node,
    lacks: Gap,
}

/// What is missing there.
enum Gap {
    Verbs,
    Rules,
    Namespace,
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
    platform.is_closed_world || is_placed && grants.any(is_on_pods)
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
fn code_list(words: impl IntoIterator<Item = String>) -> String {
    let words: Vec<_> = words.into_iter().map(|it| format!("`{it}`")).collect();
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
        let lack = MissingPermissions {
            account: driver.account,
            namespace: driver.namespace,
            rights: lacks
                .iter()
                .map(|it| (it.group, it.resource, it.verb))
                .collect(),
        };
        if said.insert((name(lack.account), lack.namespace, lack.rights.clone())) {
            let note = |at: usize| {
                let Right {
                    verb, when, log, ..
                } = lacks[at];
                Some(format!("the driver needs `{verb}` {when}: `{log}`"))
            };
            lack.report(check, platform, "a driver", note, findings);
        }
    }
}
