//! What all objects say together, and no single one: whose access grows, who reaches whom, how much is asked for.

use std::collections::BTreeSet;

use super::{Cause, Change, Comparison, Effect, access, capacity, causes::unique, rules, traffic};

/// What follows from many objects for one subject.
pub struct Consequence {
    /// Whom or what it is about.
    pub subject: String,
    /// What becomes of it.
    pub effects: Vec<Effect>,
    /// The lines of the spec behind it, as far as they are known.
    pub causes: Vec<Cause>,
}

/// What objects were called, and are.
pub struct Renamed(Vec<(String, String)>);

impl Renamed {
    fn of(changes: &[Change]) -> Self {
        let renamed = changes
            .iter()
            .filter_map(|it| Some((it.was.clone()?, it.subject.clone())));
        Self(renamed.collect())
    }

    /// A text about an object, with the name that it has now.
    #[must_use]
    pub fn now(&self, text: &str) -> String {
        let is_it = |(was, _): &&(String, String)| text.ends_with(was.as_str());
        self.0.iter().find(is_it).map_or_else(
            || text.to_owned(),
            |(was, is)| text.replace(was.as_str(), is),
        )
    }
}

/// The kinds behind access and traffic.
const RIGHTS: &[&str] = &[
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ServiceAccount",
];
const TRAFFIC: &[&str] = &["NetworkPolicy", "Namespace"];

/// Adds access, traffic and capacity. Where no line is known, those behind the objects that decide.
pub fn add(sides: Comparison<'_, '_>, changes: &mut Vec<Change>) {
    let behind = |kinds: &[&str]| {
        let is_of_kind = |it: &&Change| {
            let kind = it.subject.split('/').next().unwrap_or_default();
            kinds.contains(&kind)
        };
        let of_kind = changes.iter().filter(is_of_kind);
        unique(of_kind.flat_map(|it| it.causes.clone()))
    };
    let is_refused = |it: &&Change| it.effects.iter().any(|it| *it.rule == *rules::REFUSED);
    let refused = changes.iter().filter(is_refused);
    let refused: BTreeSet<_> = refused.map(|it| it.subject.as_str()).collect();
    let renamed = Renamed::of(changes);
    // What asks for more is any workload; its own change says why.
    let mut found = vec![(capacity::consequences(sides), Vec::new())];
    // Of a platform that is new, or gone as a whole, every right would be told.
    let is_whole = [sides.old, sides.new]
        .iter()
        .all(|it| !it.platform.graph.members.is_empty());
    if is_whole {
        let access = access::consequences(sides, &renamed, &refused);
        found.push((access, behind(RIGHTS)));
        found.push((traffic::consequences(sides, &renamed), behind(TRAFFIC)));
    }
    for (found, behind) in found {
        for it in found {
            let is_it =
                |change: &&mut Change| change.layer.is_some() && change.subject == it.subject;
            // What is said of an object is said beside what becomes of it.
            if let Some(change) = changes
                .iter_mut()
                .find(is_it)
                .filter(|_| is_binding(&it.subject))
            {
                change.effects.extend(it.effects);
                continue;
            }
            let causes = if it.causes.is_empty() {
                behind.clone()
            } else {
                it.causes
            };
            changes.push(Change::evaluated(it.subject, it.effects, causes));
        }
    }
}

fn is_binding(subject: &str) -> bool {
    let kind = subject.split('/').next();
    matches!(kind, Some("RoleBinding" | "ClusterRoleBinding"))
}
