//! Accounts of Spark that may do far more than Spark does.

use std::collections::BTreeSet;

use super::{RBAC, at, name};
use crate::{
    checks::{Check, Findings, pages},
    diagnostics::Diagnostic,
    kubernetes::rbac::{Grant, Granted, Rule, ServiceAccount, Target},
    platform::Platform,
};

/// The rule.
pub const CHECK: Check = pages::too_much(run);

/// What nobody should be able to do from a notebook: group, resource, verbs, and what it leads to.
const DANGEROUS: [(&str, &str, &[&str], &str); 11] = [
    (
        "",
        "secrets",
        &["get", "list", "watch"],
        "reads every Secret",
    ),
    ("", "pods/exec", &["create", "get"], "enters every pod"),
    ("", "pods/attach", &["create", "get"], "enters every pod"),
    (
        "",
        "serviceaccounts/token",
        &["create"],
        "becomes every account",
    ),
    (
        "",
        "serviceaccounts",
        &["impersonate"],
        "becomes every account",
    ),
    ("", "users", &["impersonate"], "becomes everybody"),
    (
        RBAC,
        "roles",
        &["escalate", "bind"],
        "gives itself every right",
    ),
    (
        RBAC,
        "clusterroles",
        &["escalate", "bind"],
        "gives itself every right",
    ),
    (
        "",
        "namespaces",
        &["delete"],
        "deletes a namespace with everything in it",
    ),
    ("", "nodes/proxy", &["create", "get"], "enters every pod"),
    (
        "admissionregistration.k8s.io",
        "mutatingwebhookconfigurations",
        &["create", "patch", "update"],
        "rewrites every object",
    ),
];

/// The roles that every cluster has and that read Secrets.
const BUILT_IN: [&str; 3] = ["cluster-admin", "admin", "edit"];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    let accounts: BTreeSet<_> = platform
        .drivers()
        .map(|it| (it.account.namespace, it.account.name))
        .collect();
    for (namespace, account) in accounts {
        let account = ServiceAccount {
            namespace,
            name: account,
        };
        let mut is_everywhere = false;
        for grant in platform.rbac().grants(account) {
            // What a group has, all others have too.
            if grant.subject.str_at(["kind"]) != Some("ServiceAccount") {
                continue;
            }
            let finding = match grant.granted {
                Granted::Rule(rule) => of_rule(platform, account, rule)
                    .or_else(|| everywhere(platform, account, &grant, &mut is_everywhere)),
                Granted::Unknown(_) => of_built_in(platform, account, &grant),
            };
            if let Some((object, finding)) = finding {
                findings.push(object, finding);
            }
        }
    }
}

type Found<'a> = (&'a crate::kubernetes::Identity, Diagnostic);

fn of_rule<'a>(
    platform: &Platform<'_>,
    account: ServiceAccount<'_>,
    rule: Rule<'a>,
) -> Option<Found<'a>> {
    let (resource, verb, leads_to) =
        DANGEROUS
            .iter()
            .find_map(|(group, resource, verbs, what)| {
                let target = Target::objects(group, resource, account.namespace);
                let verb = verbs.iter().find(|verb| rule.covers(verb, &target))?;
                Some((*resource, *verb, *what))
            })?;
    let item = rule.resource(resource)?;
    let what = match item.as_str() {
        Some("*") => format!("`{verb}` everything"),
        _ => format!("`{verb}` `{resource}`"),
    };
    let title = format!("{}, as whom a driver runs, may {what}", name(account));
    let finding = at(platform, CHECK.finds(title), rule.role, item, leads_to);
    Some((rule.role.identity(), finding))
}

/// Rights on the pods of all namespaces, said once for each account.
fn everywhere<'a>(
    platform: &Platform<'_>,
    account: ServiceAccount<'_>,
    grant: &Grant<'a>,
    is_said: &mut bool,
) -> Option<Found<'a>> {
    let rule = grant.rule()?;
    let pods = Target::objects("", "pods", account.namespace);
    let changes = ["create", "delete", "deletecollection"];
    let is_such = grant.namespace.is_none() && changes.iter().any(|it| rule.covers(it, &pods));
    if !is_such || std::mem::replace(is_said, true) {
        return None;
    }
    let title = format!(
        "{}, as whom a driver runs, may make and remove pods in every namespace",
        name(account)
    );
    let kind = grant.binding.node().get("kind")?;
    let label = "holds in every namespace; a RoleBinding holds in its own";
    let finding = at(platform, CHECK.finds(title), grant.binding, kind, label);
    Some((grant.binding.identity(), finding))
}

fn of_built_in<'a>(
    platform: &Platform<'_>,
    account: ServiceAccount<'_>,
    grant: &Grant<'a>,
) -> Option<Found<'a>> {
    let reference = grant.binding.node().at(["roleRef", "name"])?;
    let role = BUILT_IN
        .into_iter()
        .find(|it| reference.as_str() == Some(it))?;
    let where_ = match grant.namespace {
        Some(namespace) => format!("in `{namespace}`"),
        None => "in every namespace".to_owned(),
    };
    let title = format!(
        "{}, as whom a driver runs, has the role `{role}` {where_}",
        name(account)
    );
    let label = "reads every Secret, among much else";
    let finding = at(
        platform,
        CHECK.finds(title),
        grant.binding,
        reference,
        label,
    );
    Some((grant.binding.identity(), finding))
}
