//! Who may do what with the API.

use std::collections::{BTreeMap, BTreeSet};

use super::{Edge, Node, Place, Tone, Topology, makers};
use crate::{
    document::{self, Origins, Sources},
    kubernetes::{
        Identity,
        rbac::{Granted, ServiceAccount},
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
    let mut targets = BTreeMap::new();
    let mut accounts = topology.objects();
    accounts.retain(|it, _| is_account(it));
    let mut others: BTreeMap<(String, String), (usize, Rights)> = BTreeMap::new();
    for binding in platform.rbac().bindings() {
        let because = platform
            .graph
            .member(binding.identity())
            .map_or_else(Origins::none, |it| it.because.clone());
        for subject in binding.node().list_at(["subjects"]) {
            let text = |field| subject.str_at([field]).unwrap_or_default().to_owned();
            let (kind, name) = (text("kind"), text("name"));
            if kind == "ServiceAccount" {
                let own = binding.identity().namespace.clone();
                let namespace = Some(text("namespace")).filter(|it| !it.is_empty()).or(own);
                let Some(namespace) = namespace else { continue };
                let account = Identity::in_namespace("", "ServiceAccount", namespace, name);
                accounts.entry(account.clone()).or_insert_with(|| {
                    let place = Place::Beforehand;
                    let mut node = Node::of_object(&account, place, &because, sources);
                    node.tone = Tone::Outside;
                    topology.push(node)
                });
                continue;
            }
            let (_, rights) = others
                .entry((kind.clone(), name.clone()))
                .or_insert_with(|| {
                    let node = Node {
                        title: format!("{kind} {name}"),
                        name,
                        kind,
                        object: None,
                        namespace: None,
                        place: Place::Beforehand,
                        tone: Tone::Outside,
                        made_by: makers(&because, sources),
                        notes: Vec::new(),
                    };
                    (topology.push(node), Rights::new())
                });
            let namespace = binding.identity().namespace.clone();
            for granted in platform.rbac().granted_by(binding) {
                rights.add(namespace.as_deref(), &granted);
            }
        }
    }
    for (account, at) in &accounts {
        let mut rights = Rights::new();
        let asked = ServiceAccount {
            namespace: account.namespace.as_deref().unwrap_or_default(),
            name: &account.name,
        };
        for grant in platform.rbac().grants(asked) {
            rights.add(grant.namespace, &grant.granted);
        }
        add_rights(topology, *at, rights, &mut targets);
    }
    for (at, rights) in others.into_values() {
        add_rights(topology, at, rights, &mut targets);
    }
}

fn is_account(identity: &Identity) -> bool {
    identity.group.is_empty() && identity.kind == "ServiceAccount"
}

trait Add {
    fn add(&mut self, namespace: Option<&str>, granted: &Granted<'_>);
}

impl Add for Rights {
    fn add(&mut self, namespace: Option<&str>, granted: &Granted<'_>) {
        let here = self.entry(namespace.map(str::to_owned)).or_default();
        let rule = match granted {
            Granted::Rule(rule) => rule.node,
            Granted::Unknown(role) => {
                let name = role.str_at(["name"]).unwrap_or("other roles");
                let what = format!("whatever {name} allows");
                here.entry(Thing::of(what))
                    .or_default()
                    .insert("do".to_owned());
                return;
            }
        };
        let verbs = || texts(rule, "verbs").map(str::to_owned);
        for url in texts(rule, "nonResourceURLs") {
            here.entry(Thing::of(url)).or_default().extend(verbs());
        }
        for resource in texts(rule, "resources") {
            for group in texts(rule, "apiGroups") {
                let thing = Thing {
                    group: group.to_owned(),
                    ..Thing::of(resource)
                };
                let objects: Vec<_> = texts(rule, "resourceNames").collect();
                if objects.is_empty() {
                    here.entry(thing.clone()).or_default().extend(verbs());
                }
                for object in objects {
                    let object = Some(object.to_owned());
                    let one = Thing {
                        object,
                        ..thing.clone()
                    };
                    here.entry(one).or_default().extend(verbs());
                }
            }
        }
    }
}

fn texts<'a>(rule: &'a document::Node, field: &'a str) -> impl Iterator<Item = &'a str> {
    rule.list_at([field])
        .iter()
        .filter_map(document::Node::as_str)
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
        place: Place::Rights,
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
