//! Who may do what with the API.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, Node, Tier, Tone, Topology, makers};
use crate::{
    document::{Origins, Sources},
    kubernetes::{
        Identity,
        rbac::ServiceAccount,
        rights::{Held, Right, Subject},
    },
    picture::Relation,
    platform::Platform,
};

/// What somebody may do: the verbs, by the namespace in which they hold and what they are for.
type Rights = BTreeMap<Option<String>, BTreeMap<Thing, BTreeSet<String>>>;

/// What a right is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Thing {
    /// A resource, with its subresource if there is one; a path; or words.
    name: String,
    /// The group of a resource, empty for the core.
    group: String,
    /// The one object that it is for.
    object: Option<String>,
}

impl Thing {
    fn of(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// In words, with the group where there is room for it.
    fn in_words(&self, has_group: bool) -> String {
        let Self {
            name,
            group,
            object,
        } = self;
        let mut words = name.clone();
        if has_group && !group.is_empty() {
            words.extend([".", group]);
        }
        if let Some(object) = object {
            words.extend([" `", object, "`"]);
        }
        words
    }
}

/// Adds the accounts, users and groups that bindings name, and what each may do.
pub(super) fn add(topology: &mut Topology, platform: &Platform<'_>, sources: &Sources) {
    let mut accounts = topology.objects();
    accounts.retain(|it, _| is_account(it));
    let mut others = Vec::new();
    for (subject, held) in platform.rbac().subjects() {
        let binding = held.iter().find_map(|it| it.binding);
        let binding = binding.and_then(|it| platform.graph.member(it.identity()));
        let origins = binding.map_or_else(Origins::none, |it| it.origins.clone());
        let (kind, name) = match subject {
            Subject::Account { namespace, name } => {
                let account = Identity::in_namespace("", "ServiceAccount", namespace, name);
                accounts.entry(account.clone()).or_insert_with(|| {
                    let place = Tier::Beforehand;
                    let mut node = Node::of_object(&account, place, &origins, sources);
                    node.tone = Tone::Outside;
                    topology.push(node)
                });
                continue;
            }
            Subject::HoldersOf(role) => ("holders of ClusterRole".to_owned(), role.to_owned()),
            Subject::Other { kind, name } => (kind, name),
        };
        let node = Node {
            title: format!("{kind} {name}"),
            name,
            kind,
            object: None,
            namespace: None,
            place: Tier::Beforehand,
            tone: Tone::Outside,
            made_by: makers(&origins, sources),
            notes: Vec::new(),
        };
        others.push((topology.push(node), rights(&held)));
    }
    let mut targets = BTreeMap::new();
    for (account, at) in &accounts {
        let asked = ServiceAccount {
            namespace: account.namespace.as_deref().unwrap_or_default(),
            name: &account.name,
        };
        let held = platform.rbac().held_by(asked);
        add_rights(topology, *at, rights(&held), &mut targets);
    }
    for (at, rights) in others {
        add_rights(topology, at, rights, &mut targets);
    }
}

fn is_account(identity: &Identity) -> bool {
    identity.group.is_empty() && identity.kind == "ServiceAccount"
}

fn rights(held: &[Held<'_>]) -> Rights {
    let mut rights = Rights::new();
    for one in held {
        let here = rights.entry(one.namespace.map(str::to_owned)).or_default();
        for right in one.granted.rights() {
            let (thing, verb) = match right {
                Right::Resource {
                    group,
                    resource,
                    name: object,
                    verb,
                } => {
                    let thing = Thing {
                        group,
                        object,
                        ..Thing::of(resource)
                    };
                    (thing, verb)
                }
                Right::Url { path, verb } => (Thing::of(path), verb),
                Right::Role(role) => (
                    Thing::of(format!("whatever {role} allows")),
                    "do".to_owned(),
                ),
            };
            here.entry(thing).or_default().insert(verb);
        }
    }
    rights
}

/// What rights lead to: things in a namespace, or everywhere. Accounts that may do something with the same things
/// lead to the same.
type Targets = BTreeMap<(Option<String>, Vec<Thing>), usize>;

fn add_rights(topology: &mut Topology, from: usize, rights: Rights, targets: &mut Targets) {
    for (namespace, things) in rights {
        let mut by_verbs: BTreeMap<Vec<String>, Vec<Thing>> = BTreeMap::new();
        for (thing, verbs) in things {
            by_verbs.entry(sorted(verbs)).or_default().push(thing);
        }
        for (verbs, things) in by_verbs {
            let key = (namespace.clone(), things);
            let to = *targets
                .entry(key.clone())
                .or_insert_with(|| topology.push(target(key.0.as_deref(), &key.1)));
            topology.edges.push(Edge {
                from,
                to,
                relation: Relation::Access,
                label: in_short(&verbs),
                detail: verbs.join(", "),
            });
        }
    }
}

fn target(namespace: Option<&str>, things: &[Thing]) -> Node {
    let words = |has_group| {
        let things = things.iter().map(|it| it.in_words(has_group));
        things.collect::<Vec<_>>().join(", ")
    };
    let place = namespace.map_or_else(|| "everywhere".to_owned(), |it| format!("in {it}"));
    Node {
        title: format!("{} {place}", words(true)),
        name: words(false),
        kind: place,
        object: None,
        namespace: namespace.map(str::to_owned),
        place: Tier::Rights,
        tone: Tone::Access,
        made_by: Vec::new(),
        notes: Vec::new(),
    }
}

const READING: [&str; 3] = ["get", "list", "watch"];
const WRITING: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// The verbs as people know them in order: those that read, those that write, and the rest.
fn sorted(verbs: BTreeSet<String>) -> Vec<String> {
    let known = || READING.into_iter().chain(WRITING);
    let place = |verb: &str| known().position(|it| it == verb).unwrap_or(usize::MAX);
    let mut verbs: Vec<_> = verbs.into_iter().collect();
    verbs.sort_by_key(|it| place(it));
    verbs
}

fn in_short(verbs: &[String]) -> String {
    if verbs.iter().any(|it| it == "*") {
        return "everything".to_owned();
    }
    let any = |of: &[&str]| verbs.iter().any(|it| of.contains(&it.as_str()));
    let read = any(&READING).then_some("read");
    let write = any(&WRITING).then_some("write");
    let others = verbs.iter().map(String::as_str);
    let others = others.filter(|it| !READING.contains(it) && !WRITING.contains(it));
    let words: Vec<_> = read.into_iter().chain(write).chain(others).collect();
    words.join(", ")
}
