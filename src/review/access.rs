//! Who may do what: the rights that bindings give, evaluated on both sides.

use std::collections::{BTreeMap, BTreeSet};

use super::{Consequence, Effect, Renamed, Side, rules};
use crate::{
    document::Node,
    kubernetes::{
        Object,
        rbac::{Granted, Rbac, Rule, Target},
    },
};

/// A right, in the words of the rule that gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Right {
    /// The namespace in which it holds; none for all of them and the cluster.
    namespace: Option<String>,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// A verb on a resource of a group, on all objects or on one.
    Verb {
        group: String,
        resource: String,
        name: Option<String>,
        verb: String,
    },
    /// A verb on a path of the server.
    Url { path: String, verb: String },
    /// Whatever a role says that is not among the objects.
    Role(String),
}

/// The rights of one subject.
type Rights<'a> = Vec<(Option<&'a str>, Granted<'a>)>;

/// Whose access grows or shrinks.
#[must_use]
pub fn consequences(before: &Side<'_>, after: &Side<'_>, renamed: &Renamed) -> Vec<Consequence> {
    let (old, new) = (subjects(before), subjects(after));
    let old: BTreeMap<_, _> = old
        .into_iter()
        .map(|(name, rights)| (renamed.now(&name), rights))
        .collect();
    let names: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let none = Rights::new();
        let (had, has) = (
            old.get(name).unwrap_or(&none),
            new.get(name).unwrap_or(&none),
        );
        let gained = missing(has, had);
        let lost = missing(had, has);
        let is_new = had.is_empty() && !exists(before, name);
        let mut effects = Vec::new();
        for (namespace, rights) in by_place(&gained) {
            // What a new account of a component needs is as every day; what leads further never is.
            let is_made = exists(after, name);
            let is_usual =
                is_new && is_made && namespace.is_some() && !gained.iter().any(leads_further);
            let rule = if is_usual {
                rules::ACCESS_GRANTED
            } else {
                rules::ACCESS_WIDENED
            };
            let what = format!("may now{} {rights}", place(namespace.as_deref()));
            effects.push(Effect::new(rule, what));
        }
        for (namespace, rights) in by_place(&lost) {
            let what = format!("may no longer{} {rights}", place(namespace.as_deref()));
            effects.push(Effect::new(rules::ACCESS_NARROWED, what));
        }
        if !effects.is_empty() {
            found.push(Consequence {
                subject: name.clone(),
                effects,
            });
        }
    }
    found
}

/// Whether an account is among the objects.
fn exists(side: &Side<'_>, name: &str) -> bool {
    let mut members = side.platform.graph.members.iter();
    members.any(|it| it.object.identity().to_string() == name)
}

/// Whether a right gives more than it says, and more than a driver of Spark needs: it reads secrets, runs commands in
/// pods of others, has somebody else make pods, opens the network, or gives rights on.
fn leads_further(right: &Right) -> bool {
    const FURTHER: [&str; 5] = [
        "secrets",
        "pods/exec",
        "pods/attach",
        "pods/ephemeralcontainers",
        "serviceaccounts/token",
    ];
    const MAKERS: [&str; 5] = [
        "apps",
        "batch",
        "sparkoperator.k8s.io",
        "networking.k8s.io",
        "rbac.authorization.k8s.io",
    ];
    match &right.what {
        What::Verb {
            group,
            resource,
            verb,
            ..
        } => {
            let writes = !matches!(verb.as_str(), "get" | "list" | "watch");
            [group, resource, verb].iter().any(|it| *it == "*")
                || matches!(verb.as_str(), "bind" | "escalate" | "impersonate")
                || FURTHER.contains(&resource.as_str())
                || writes && MAKERS.contains(&group.as_str())
        }
        What::Url { .. } => false,
        What::Role(_) => true,
    }
}

fn place(namespace: Option<&str>) -> String {
    namespace.map_or_else(
        || ", on the whole cluster,".to_owned(),
        |it| format!(", in {it},"),
    )
}

/// What each subject of a binding is given, by its name.
fn subjects<'a>(side: &Side<'a>) -> BTreeMap<String, Rights<'a>> {
    let mut all: BTreeMap<String, Rights<'a>> = BTreeMap::new();
    let rbac: &Rbac<'a> = side.platform.rbac();
    for binding in rbac.bindings() {
        let granted = rbac.granted_by(binding);
        let namespace = binding.identity().namespace.as_deref();
        for subject in binding.node().list_at(["subjects"]) {
            let rights = all.entry(subject_name(subject, binding)).or_default();
            rights.extend(granted.iter().map(|it| (namespace, *it)));
        }
    }
    // By these labels a ClusterRole becomes a part of those that every cluster has
    // (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles).
    for member in side
        .platform
        .of_kind("rbac.authorization.k8s.io", "ClusterRole")
    {
        for role in ["admin", "edit", "view"] {
            let label = format!("rbac.authorization.k8s.io/aggregate-to-{role}");
            if member.object.label(&label) != Some("true") {
                continue;
            }
            let name = format!("everybody with ClusterRole {role}");
            let rules = member.object.node().list_at(["rules"]).iter();
            let rules = rules.map(|node| {
                Granted::Rule(Rule {
                    role: &member.object,
                    node,
                })
            });
            all.entry(name)
                .or_default()
                .extend(rules.map(|it| (None, it)));
        }
    }
    all
}

fn subject_name(subject: &Node, binding: &Object) -> String {
    let text = |field| subject.str_at([field]).unwrap_or_default();
    match text("kind") {
        "ServiceAccount" => {
            let stated = subject.str_at(["namespace"]);
            let namespace = stated.or(binding.identity().namespace.as_deref());
            format!(
                "ServiceAccount/{}/{}",
                namespace.unwrap_or_default(),
                text("name")
            )
        }
        kind => format!("{kind}/{}", text("name")),
    }
}

/// The rights of the first that the others do not cover.
fn missing(rights: &Rights<'_>, others: &Rights<'_>) -> BTreeSet<Right> {
    let mut missing = BTreeSet::new();
    for (namespace, granted) in rights {
        let right = |what| Right {
            namespace: namespace.map(str::to_owned),
            what,
        };
        match granted {
            Granted::Rule(rule) => {
                let wanted = of_rule(rule).into_iter();
                let wanted = wanted.filter(|what| !is_covered(what, *namespace, others));
                missing.extend(wanted.map(right));
            }
            Granted::Unknown(reference) => {
                let what = What::Role(role_name(reference));
                if !is_covered(&what, *namespace, others) {
                    missing.insert(right(what));
                }
            }
        }
    }
    missing
}

fn role_name(reference: &Node) -> String {
    let kind = reference.str_at(["kind"]).unwrap_or("ClusterRole");
    match reference.str_at(["name"]) {
        Some(name) => format!("{kind} {name}"),
        None => "the roles that are aggregated".to_owned(),
    }
}

fn of_rule(rule: &Rule<'_>) -> Vec<What> {
    let list = |field| -> Vec<String> {
        let items = rule.node.list_at([field]).iter();
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
                all.extend(names.iter().map(|name| What::Verb {
                    group: group.clone(),
                    resource: resource.clone(),
                    name: name.clone(),
                    verb: verb.clone(),
                }));
            }
        }
        let urls = list("nonResourceURLs").into_iter();
        all.extend(urls.map(|path| What::Url {
            path,
            verb: verb.clone(),
        }));
    }
    all
}

fn is_covered(what: &What, namespace: Option<&str>, rights: &Rights<'_>) -> bool {
    let reaches = |place: Option<&str>| place.is_none() || place == namespace;
    rights
        .iter()
        .filter(|(place, _)| reaches(*place))
        .any(|(_, granted)| match (granted, what) {
            (Granted::Unknown(reference), What::Role(role)) => role_name(reference) == *role,
            (
                Granted::Rule(rule),
                What::Verb {
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
            (Granted::Rule(rule), What::Url { path, verb }) => {
                rule.covers(verb, &Target::Url(path))
            }
            _ => false,
        })
}

/// Rights in words, by where they hold: `create and delete pods; get secrets`.
fn by_place(rights: &BTreeSet<Right>) -> BTreeMap<Option<String>, String> {
    let mut verbs: BTreeMap<Option<String>, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for Right { namespace, what } in rights {
        let (object, verb) = match what.clone() {
            What::Verb {
                group,
                resource,
                name,
                verb,
            } => {
                let resource = match (group.as_str(), resource.as_str()) {
                    ("*", "*") => "everything".to_owned(),
                    (group, "*") => format!("everything of {}", of_group(group)),
                    ("" | "*", resource) => resource.to_owned(),
                    (group, resource) => format!("{resource}.{group}"),
                };
                let named = name.map_or_else(String::new, |it| format!(" {it}"));
                (format!("{resource}{named}"), verb)
            }
            What::Url { path, verb } => (path, verb),
            What::Role(role) => (format!("all that {role} allows"), "do".to_owned()),
        };
        let verb = if verb == "*" {
            "do anything with".to_owned()
        } else {
            verb
        };
        verbs
            .entry(namespace.clone())
            .or_default()
            .entry(object)
            .or_default()
            .push(verb);
    }
    let in_words = |objects: BTreeMap<String, Vec<String>>| {
        // Resources with the same verbs share them.
        let mut by_verbs: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for (object, verbs) in objects {
            by_verbs.entry(verbs).or_default().push(object);
        }
        let words = by_verbs
            .into_iter()
            .map(|(verbs, objects)| format!("{} {}", verbs.join(", "), objects.join(", ")));
        words.collect::<Vec<_>>().join("; ")
    };
    verbs
        .into_iter()
        .map(|(place, objects)| (place, in_words(objects)))
        .collect()
}

fn of_group(group: &str) -> &str {
    if group.is_empty() { "the core" } else { group }
}
