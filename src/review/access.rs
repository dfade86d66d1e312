//! Who may do what: the rights that bindings give, evaluated on both sides.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Comparison, Consequence, Effect, Renamed, Rule, Side, causes, rules};
use crate::{
    document::Node,
    kubernetes::{
        rbac::{Granted, ServiceAccount},
        rights::{Held, Right, Subject},
    },
};

/// A right and the namespace in which it holds; none for all of them and the cluster.
type Placed = (Option<String>, Right);

/// What somebody holds, directly and through groups, by their name.
struct Holder<'a> {
    /// What bindings give that name nobody else.
    direct: Vec<Held<'a>>,
    /// Everything.
    all: Vec<Held<'a>>,
}

/// Whose access grows or shrinks.
#[must_use]
pub fn consequences(
    sides: Comparison<'_, '_>,
    renamed: &Renamed,
    refused: &BTreeSet<&str>,
) -> Vec<Consequence> {
    let Comparison { old, new } = sides;
    let (before, after) = (holders(old), holders(new));
    let before: BTreeMap<_, _> = before
        .into_iter()
        .map(|(name, holder)| (renamed.now(&name), holder))
        .collect();
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for name in names {
        let none = Holder {
            direct: Vec::new(),
            all: Vec::new(),
        };
        let had = before.get(name).unwrap_or(&none);
        let has = after.get(name).unwrap_or(&none);
        let mut gained = missing(&has.direct, &had.all);
        let mut lost = missing(&had.direct, &has.all);
        found.extend(withheld(name, &mut gained, refused, rules::ACCESS_WIDENED));
        found.extend(withheld(name, &mut lost, refused, rules::ACCESS_NARROWED));
        let is_new = had.direct.is_empty() && !exists(old, name);
        let is_made = exists(new, name);
        let leads_further = gained.keys().any(|(_, right)| leads_further(right));
        for (causes, rights) in by_causes(&gained, |held| causes(&[], held, sides)) {
            let effects = by_place(&rights).into_iter().map(|(namespace, rights)| {
                // What a new account of a component needs is as every day; what leads further never is.
                let is_usual = is_new && is_made && namespace.is_some() && !leads_further;
                let rule = if is_usual {
                    rules::ACCESS_GRANTED
                } else {
                    rules::ACCESS_WIDENED
                };
                let what = format!("may now{} {rights}", place(namespace.as_deref()));
                Effect::new(rule, what)
            });
            found.push(Consequence {
                subject: name.clone(),
                effects: effects.collect(),
                causes,
            });
        }
        for (causes, rights) in by_causes(&lost, |held| causes(held, &[], sides)) {
            let effects = by_place(&rights).into_iter().map(|(namespace, rights)| {
                let what = format!("may no longer{} {rights}", place(namespace.as_deref()));
                Effect::new(rules::ACCESS_NARROWED, what)
            });
            found.push(Consequence {
                subject: name.clone(),
                effects: effects.collect(),
                causes,
            });
        }
    }
    found
}

/// What bindings would give or take that the API server refuses to change, told of these: it is so once they are made
/// anew.
fn withheld(
    name: &str,
    rights: &mut BTreeMap<Placed, Vec<Held<'_>>>,
    refused: &BTreeSet<&str>,
    rule: &'static Rule,
) -> Vec<Consequence> {
    let binding = |held: &Held<'_>| {
        let binding = held.binding.map(|it| it.identity().to_string());
        binding.filter(|it| refused.contains(it.as_str()))
    };
    let mut by_binding: BTreeMap<String, BTreeSet<Placed>> = BTreeMap::new();
    rights.retain(|right, held| {
        let bindings: Option<Vec<_>> = held.iter().map(binding).collect();
        let Some(bindings) = bindings else {
            return true;
        };
        for binding in bindings {
            by_binding.entry(binding).or_default().insert(right.clone());
        }
        false
    });
    let may = if *rule == *rules::ACCESS_WIDENED {
        "may then"
    } else {
        "may then no longer"
    };
    let told = by_binding.into_iter().map(|(binding, rights)| {
        let rights: BTreeSet<_> = rights.iter().collect();
        let effects = by_place(&rights).into_iter().map(|(namespace, rights)| {
            let place = place(namespace.as_deref());
            Effect::new(
                rule,
                format!("once it is made anew, {name} {may}{place} {rights}"),
            )
        });
        Consequence {
            subject: binding,
            effects: effects.collect(),
            causes: Vec::new(),
        }
    });
    told.collect()
}

/// Rights that come from the same lines are told together.
fn by_causes<'r, 'a>(
    rights: &'r BTreeMap<Placed, Vec<Held<'a>>>,
    causes: impl Fn(&[Held<'a>]) -> Vec<Cause>,
) -> BTreeMap<Vec<Cause>, BTreeSet<&'r Placed>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (right, held) in rights {
        found.entry(causes(held)).or_default().insert(right);
    }
    found
}

/// The lines behind what bindings and roles give.
fn causes(before: &[Held<'_>], after: &[Held<'_>], sides: Comparison<'_, '_>) -> Vec<Cause> {
    fn parts<'a>(held: &[Held<'a>]) -> Vec<&'a Node> {
        let parts = held.iter().flat_map(|it| {
            let granted = match it.granted {
                Granted::Rule(rule) => rule.node,
                Granted::Unknown(reference) => reference,
            };
            let role = it.binding.and_then(|it| it.node().get("roleRef"));
            role.into_iter().chain(it.subject).chain([granted])
        });
        parts.collect()
    }
    causes::of_parts(&parts(before), &parts(after), sides)
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
    match right {
        Right::Resource {
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
        Right::Url { .. } => false,
        Right::Role(_) => true,
    }
}

fn place(namespace: Option<&str>) -> String {
    namespace.map_or_else(
        || ", on the whole cluster,".to_owned(),
        |it| format!(", in {it},"),
    )
}

/// What everybody holds whom bindings name.
fn holders<'a>(side: &Side<'a>) -> BTreeMap<String, Holder<'a>> {
    let rbac = side.platform.rbac();
    let holders = rbac.subjects().into_iter().map(|(subject, direct)| {
        let all = match &subject {
            Subject::Account { namespace, name } => {
                rbac.held_by(ServiceAccount { namespace, name })
            }
            Subject::HoldersOf(_) | Subject::Other { .. } => direct.clone(),
        };
        (subject.to_string(), Holder { direct, all })
    });
    holders.collect()
}

/// The rights of the first that the others do not cover, with what gives them.
fn missing<'a>(held: &[Held<'a>], others: &[Held<'_>]) -> BTreeMap<Placed, Vec<Held<'a>>> {
    let mut missing: BTreeMap<Placed, Vec<Held<'a>>> = BTreeMap::new();
    for one in held {
        for right in one.granted.rights() {
            if !others.iter().any(|it| it.covers(&right, one.namespace)) {
                let placed = (one.namespace.map(str::to_owned), right);
                missing.entry(placed).or_default().push(*one);
            }
        }
    }
    missing
}

/// Rights in words, by where they hold: `create and delete pods; get secrets`.
fn by_place(rights: &BTreeSet<&Placed>) -> BTreeMap<Option<String>, String> {
    let mut verbs: BTreeMap<Option<String>, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for (namespace, right) in rights {
        let (object, verb) = match right.clone() {
            Right::Resource {
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
            Right::Url { path, verb } => (path, verb),
            Right::Role(role) => (format!("all that {role} allows"), "do".to_owned()),
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
