//! Rights one by one: what rules allow, and whom bindings give it to.

use std::{collections::BTreeMap, fmt};

use super::{
    Object,
    rbac::{Granted, Holder, Rbac, Rule, ServiceAccount, Target, namespace},
};
use crate::document::Node;

/// A right, in the words of the rule that gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// A verb on a resource of a group.
    Resource {
        /// The group of the API; empty for the core.
        group: String,
        /// The plural, with the subresource if there is one.
        resource: String,
        /// The one object that it is for; none for all.
        name: Option<String>,
        /// The verb.
        verb: String,
    },
    /// A verb on a path of the server.
    Url {
        /// The path.
        path: String,
        /// The verb.
        verb: String,
    },
    /// Whatever a role allows that is not among the objects, by what it is called.
    Role(String),
}

/// Whom bindings name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A ServiceAccount.
    Account {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// Whoever has one of the roles that every cluster has, and that takes in the rules of others by their labels
    /// (<https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles>).
    HoldersOf(&'static str),
    /// A user or a group.
    Other {
        /// `User` or `Group`.
        kind: String,
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account { namespace, name } => {
                write!(formatter, "ServiceAccount/{namespace}/{name}")
            }
            Self::HoldersOf(role) => write!(formatter, "everybody with ClusterRole {role}"),
            Self::Other { kind, name } => write!(formatter, "{kind}/{name}"),
        }
    }
}

impl Subject {
    /// Whom an item of a binding's `subjects` names; none for an account without a namespace.
    fn of(node: &Node, binding: &Object) -> Option<Self> {
        if let Some(Holder::Account { namespace, name }) = Holder::of(node, namespace(binding)) {
            let (namespace, name) = (namespace.to_owned(), name.to_owned());
            return Some(Self::Account { namespace, name });
        }
        let text = |field| node.str_at([field]).unwrap_or_default().to_owned();
        (text("kind") != "ServiceAccount").then(|| Self::Other {
            kind: text("kind"),
            name: text("name"),
        })
    }
}

/// What somebody holds.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// The binding that gives it; none where a label of the role does.
    pub binding: Option<&'a Object>,
    /// The item of the binding's `subjects` by which it does.
    pub subject: Option<&'a Node>,
    /// The namespace in which it holds; none for all of them and the cluster.
    pub namespace: Option<&'a str>,
    /// What it is.
    pub granted: Granted<'a>,
}

impl Held<'_> {
    /// Whether it gives a right that is asked for in a namespace, or on the cluster.
    #[must_use]
    pub fn covers(&self, right: &Right, namespace: Option<&str>) -> bool {
        let reaches = self.namespace.is_none() || self.namespace == namespace;
        reaches && self.granted.covers(right, namespace)
    }
}

impl<'a> Rbac<'a> {
    /// Everybody whom bindings name, with what these give.
    #[must_use]
    pub fn subjects(&self) -> BTreeMap<Subject, Vec<Held<'a>>> {
        let mut all: BTreeMap<Subject, Vec<Held<'a>>> = BTreeMap::new();
        for binding in self.bindings().iter().copied() {
            let granted = self.granted_by(binding);
            for node in binding.node().list_at(["subjects"]) {
                let Some(subject) = Subject::of(node, binding) else {
                    continue;
                };
                let held = granted.iter().map(|granted| Held {
                    binding: Some(binding),
                    subject: Some(node),
                    namespace: namespace(binding),
                    granted: *granted,
                });
                all.entry(subject).or_default().extend(held);
            }
        }
        for role in self.cluster_roles() {
            for holders in ["admin", "edit", "view"] {
                let label = format!("rbac.authorization.k8s.io/aggregate-to-{holders}");
                if role.label(&label) != Some("true") {
                    continue;
                }
                let rules = role.node().list_at(["rules"]).iter();
                let held = rules.map(|node| Held {
                    binding: None,
                    subject: None,
                    namespace: None,
                    granted: Granted::Rule(Rule { role, node }),
                });
                let of = all.entry(Subject::HoldersOf(holders)).or_default();
                of.extend(held);
            }
        }
        all
    }

    /// All that an account holds, by itself and by the groups that it is in.
    #[must_use]
    pub fn held_by(&self, account: ServiceAccount<'_>) -> Vec<Held<'a>> {
        let grants = self.grants(account).map(|it| Held {
            binding: Some(it.binding),
            subject: Some(it.subject),
            namespace: it.namespace,
            granted: it.granted,
        });
        grants.collect()
    }
}

impl Granted<'_> {
    /// What it gives, right by right.
    #[must_use]
    pub fn rights(&self) -> Vec<Right> {
        match self {
            Self::Rule(rule) => of_rule(rule.node),
            Self::Unknown(reference) => vec![Right::Role(role_name(reference))],
        }
    }

    /// Whether it gives a right, wherever it may be bound.
    fn covers(&self, right: &Right, namespace: Option<&str>) -> bool {
        match (self, right) {
            (Self::Unknown(reference), Right::Role(role)) => role_name(reference) == *role,
            (
                Self::Rule(rule),
                Right::Resource {
                    group,
                    resource,
                    name,
                    verb,
                },
            ) => {
                let target = Target::Resource {
                    group,
                    resource,
                    name: name.as_deref(),
                    namespace,
                };
                rule.covers(verb, &target)
            }
            (Self::Rule(rule), Right::Url { path, verb }) => rule.covers(verb, &Target::Url(path)),
            _ => false,
        }
    }
}

fn role_name(reference: &Node) -> String {
    let kind = reference.str_at(["kind"]).unwrap_or("ClusterRole");
    match reference.str_at(["name"]) {
        Some(name) => format!("{kind} {name}"),
        None => "the roles that are aggregated".to_owned(),
    }
}

fn of_rule(rule: &Node) -> Vec<Right> {
    let list = |field| -> Vec<String> {
        let items = rule.list_at([field]).iter();
        items
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect()
    };
    let names = list("resourceNames");
    let names: Vec<_> = if names.is_empty() {
        vec![None]
    } else {
        names.into_iter().map(Some).collect()
    };
    let mut all = Vec::new();
    for verb in list("verbs") {
        for group in list("apiGroups") {
            for resource in list("resources") {
                all.extend(names.iter().map(|name| Right::Resource {
                    group: group.clone(),
                    resource: resource.clone(),
                    name: name.clone(),
                    verb: verb.clone(),
                }));
            }
        }
        let urls = list("nonResourceURLs").into_iter();
        all.extend(urls.map(|path| Right::Url {
            path,
            verb: verb.clone(),
        }));
    }
    all
}
