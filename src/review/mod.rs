//! What a change does to the cluster: two platforms, compiled from two states of the spec, compared.
//!
//! 1. [`pairs`]: which object of before is which of after.
//! 2. [`fields`]: what differs inside; [`causes`]: the lines of the spec that it comes from.
//! 3. [`objects`], [`access`], [`traffic`], [`capacity`]: what becomes of it, by the [`rules`].
//! 4. [`stories`]: what several environments share, told once.
//! 5. [`text`], [`markdown`], [`html`], [`json`]: for a terminal, a comment, a browser and machines.

mod access;
mod capacity;
pub mod causes;
mod committed;
pub mod fields;
pub mod html;
pub mod json;
pub mod markdown;
mod objects;
mod pairs;
pub mod rules;
mod stories;
pub mod text;
mod traffic;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use causes::Values;
pub use causes::{Cause, Line};
pub use committed::committed;
pub use rules::{Risk, Rule};
pub use stories::{Story, stories};

use crate::{
    Compilation,
    document::{Node, Origins},
    engines::Engine,
    files::prerequisites,
    graph::Member,
    kubernetes::Identity,
    manifests::Layer,
    platform::Platform,
};
use fields::Difference;
use objects::is_derived;
use pairs::{By, Pair};

/// One side of a comparison.
pub struct Side<'a> {
    /// What was compiled.
    pub compilation: &'a Compilation,
    /// What its objects say together.
    pub platform: Platform<'a>,
    /// What its spec says.
    values: Values,
    /// The keys that its spec states or leaves to a default.
    keys: BTreeSet<&'a str>,
}

impl<'a> Side<'a> {
    fn of(compilation: &'a Compilation) -> Self {
        let sources = &compilation.sources;
        Self {
            keys: sources.ids().filter_map(|id| sources.path(id)).collect(),
            compilation,
            platform: Platform::of_spec(&compilation.graph, &compilation.offers, true),
            values: Values::of(&compilation.sources),
        }
    }

    fn engine(&self) -> Option<&'static Engine> {
        let delivery = self.compilation.offers.delivery.as_ref();
        delivery.map(|it| it.engine.engine())
    }
}

/// What a change does to one environment.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The environment.
    pub environment: String,
    /// The engine that syncs it, in words, where the spec says so.
    pub engine: Option<&'static str>,
    /// What becomes of what, the worst first.
    pub changes: Vec<Change>,
    /// Values of the spec that changed, and of which nothing reaches the cluster.
    pub idle: Vec<Cause>,
    /// Whether anything in the files of the spec differs, be it a comment.
    pub is_touched: bool,
}

/// What becomes of an object, a file for another tool, or of what the platform as a whole allows and asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What it is about, such as `Deployment/jobs/analytics`.
    pub subject: String,
    /// What happens to it.
    pub action: Action,
    /// What it was called before, where it is made under another name.
    pub was: Option<String>,
    /// The layer in which an engine applies it; none for what is not applied.
    pub layer: Option<&'static str>,
    /// What becomes of it, the worst first.
    pub effects: Vec<Effect>,
    /// What differs in it.
    pub fields: Vec<Field>,
    /// The lines of the spec that made it so.
    pub causes: Vec<Cause>,
    /// What it refers to, each with the verb.
    pub refers: Vec<(String, String)>,
}

/// What happens to a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It was not there.
    Created,
    /// It is no longer there.
    Deleted,
    /// It is another one in its place, under another name.
    Renamed,
    /// It differs.
    Changed,
    /// What it may do, or how much it asks for, differs: not a thing that is applied.
    Evaluated,
}

/// A consequence with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The rule.
    pub rule: &'static Rule,
    /// What happens, as the end of a sentence about the subject.
    pub what: String,
    /// What belongs to it.
    pub notes: Vec<String>,
}

impl PartialOrd for Effect {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Effect {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |it: &Self| (it.rule.rank(), it.what.clone(), it.notes.clone());
        key(self).cmp(&key(other))
    }
}

impl Effect {
    fn new(rule: &'static Rule, what: impl Into<String>) -> Self {
        Self {
            rule,
            what: what.into(),
            notes: Vec::new(),
        }
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// A field with what it said and says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Field {
    /// The field, as messages print it.
    pub path: String,
    /// What it said; none for a new one.
    pub before: Option<String>,
    /// What it says; none for one that is gone.
    pub after: Option<String>,
    /// Whether it follows from other fields, as a checksum does.
    pub derived: bool,
}

/// What is evaluated over all objects: whose access, whose share of the cluster.
struct Consequence {
    subject: String,
    effects: Vec<Effect>,
}

/// What a change does to the environments of a repository.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// What it is compared with, in words.
    pub against: String,
    /// What a reader has to know of the comparison itself.
    pub notes: Vec<String>,
    /// What changes, told once for all environments that share it.
    pub stories: Vec<Story>,
    /// What changes because this kiln compiles the old spec to something else than what was committed.
    pub of_kiln: Vec<Story>,
    /// Values of the spec that changed, and of which nothing reaches the cluster, with the environments.
    pub idle: Vec<(Vec<String>, Cause)>,
    /// The environments in which nothing changes.
    pub unchanged: Vec<String>,
}

/// Why files of the spec differ, and nothing else.
const NOTHING_SAID: &str = "the files of the spec differ in comments, order or layout alone, or in what another file overrides";

impl Review {
    /// Puts together what was found for each environment.
    #[must_use]
    pub fn new(against: String, reports: &[Report], of_kiln: &[Report]) -> Self {
        let mut idle: BTreeMap<&Cause, Vec<String>> = BTreeMap::new();
        for report in reports {
            for cause in &report.idle {
                idle.entry(cause)
                    .or_default()
                    .push(report.environment.clone());
            }
        }
        let unchanged = reports.iter().filter(|it| it.changes.is_empty());
        let mut notes = Vec::new();
        let only_words = reports.iter().any(|it| it.is_touched)
            && reports
                .iter()
                .all(|it| it.changes.is_empty() && it.idle.is_empty());
        if only_words {
            notes.push(NOTHING_SAID.to_owned());
        }
        Self {
            against,
            notes,
            stories: stories(reports),
            of_kiln: stories(of_kiln),
            idle: idle
                .into_iter()
                .map(|(cause, names)| (names, cause.clone()))
                .collect(),
            unchanged: unchanged.map(|it| it.environment.clone()).collect(),
        }
    }

    /// All changes, those that are not from the spec too.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.stories
            .iter()
            .chain(&self.of_kiln)
            .flat_map(|it| &it.changes)
    }
}

/// Compares what an environment compiled to with what it compiles to. Without one of the two, it is new, or gone.
#[must_use]
pub fn report(
    environment: &str,
    before: Option<&Compilation>,
    after: Option<&Compilation>,
) -> Report {
    let nothing = Compilation::default();
    let old = Side::of(before.unwrap_or(&nothing));
    let new = Side::of(after.unwrap_or(&nothing));
    let mut changes = of_objects(&old, &new);
    changes.extend(of_evaluation(&old, &new, &changes));
    changes.extend(of_files(&old, &new));
    changes.extend(of_prerequisites(&old, &new));
    if before.is_some() && after.is_some() {
        changes.extend(of_buckets(&old, &new));
        changes.extend(of_delivery(&old, &new));
    }
    share_causes(&mut changes);
    if before.is_some() && after.is_some() {
        let left = unnamed(&old, &new, &changes);
        take_what_is_left(&mut changes, &left);
    }
    changes.sort_by_key(|it| (it.worst(), it.layer.is_none(), it.layer, it.subject.clone()));
    let idle = match (before, after) {
        (Some(_), Some(_)) => idle(&old, &new, &changes),
        _ => Vec::new(),
    };
    let texts = |side: &Side<'_>| -> BTreeMap<String, String> {
        let files = side.compilation.sources.files().iter();
        files.map(|it| (it.path.clone(), it.text.clone())).collect()
    };
    Report {
        environment: environment.to_owned(),
        engine: new.engine().or(old.engine()).map(|it| it.title),
        changes,
        idle,
        is_touched: texts(&old) != texts(&new),
    }
}

/// Compares what lies in `out` with what its spec compiles to. Of what was committed only the objects are read back, and
/// no line of a spec.
#[must_use]
pub fn report_on_committed(written: &Compilation, compiled: &Compilation) -> Report {
    let mut found = report(&compiled.environment, Some(written), Some(compiled));
    found.changes.retain(|it| it.layer.is_some());
    Report {
        idle: Vec::new(),
        is_touched: false,
        ..found
    }
}

/// The changed values of which no change on the cluster speaks. Of a table that is new or gone the objects speak that it
/// made, and `compile` warns of what has no effect at all.
fn idle(old: &Side<'_>, new: &Side<'_>, changes: &[Change]) -> Vec<Cause> {
    let mut idle = unnamed(old, new, changes);
    idle.retain(|it| it.before.is_some() && it.after.is_some());
    idle
}

/// The changed values of which no change names the line.
fn unnamed(old: &Side<'_>, new: &Side<'_>, changes: &[Change]) -> Vec<Cause> {
    let known: Vec<&Cause> = changes.iter().flat_map(|it| &it.causes).collect();
    let mut unnamed = causes::changed_values(&old.values, &new.values);
    unnamed.retain(|it| {
        let is_known = |other: &&Cause| {
            other.key == it.key || other.contains(&it.key) || it.contains(&other.key)
        };
        !known.iter().any(is_known)
    });
    unnamed
}

/// An object whose name or checksum follows from others has the causes of those that it refers to.
fn share_causes(changes: &mut [Change]) {
    for at in 0..changes.len() {
        if !changes[at].causes.is_empty() {
            continue;
        }
        let refers: BTreeSet<&str> = changes[at]
            .refers
            .iter()
            .map(|(_, to)| to.as_str())
            .collect();
        let of_others = changes
            .iter()
            .filter(|it| refers.contains(it.subject.as_str()));
        changes[at].causes = unique(of_others.flat_map(|it| it.causes.clone()));
    }
}

/// A value of which no change names the line is behind those of which no line is known: a table that is empty, or a
/// key that only decides whether something is made, leaves no other trace.
fn take_what_is_left(changes: &mut [Change], left: &[Cause]) {
    let nameless = changes.iter_mut().filter(|it| it.causes.is_empty());
    for change in nameless {
        change.causes = left.to_vec();
    }
}

/// What an object refers to, each with the verb.
fn referred(side: &Side<'_>, member: &Member) -> Vec<(String, String)> {
    let graph = side.platform.graph;
    let Some(from) = graph.position(member.object.identity()) else {
        return Vec::new();
    };
    let edges = graph.edges.iter().filter(|edge| edge.from == from);
    let mut referred: Vec<_> = edges
        .map(|edge| {
            (
                edge.reference.verb.to_owned(),
                objects_name(&graph.members[edge.to]),
            )
        })
        .collect();
    referred.sort();
    referred.dedup();
    referred
}

impl Change {
    /// The rank of its worst effect.
    #[must_use]
    pub fn worst(&self) -> usize {
        let ranks = self.effects.iter().map(|it| it.rule.rank());
        ranks.min().unwrap_or(rules::ALL.len())
    }

    /// A sentence about something that is no object.
    #[must_use]
    pub fn of(subject: &str, rule: &'static Rule, what: &str) -> Self {
        Self::evaluated(
            subject.to_owned(),
            vec![Effect::new(rule, what)],
            Vec::new(),
        )
    }

    fn evaluated(subject: String, effects: Vec<Effect>, causes: Vec<Cause>) -> Self {
        Self {
            subject,
            action: Action::Evaluated,
            was: None,
            layer: None,
            effects,
            fields: Vec::new(),
            causes,
            refers: Vec::new(),
        }
    }
}

fn of_objects(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let pairs = pairs::pairs(
        &old.compilation.graph.members,
        &new.compilation.graph.members,
    );
    pairs
        .into_iter()
        .filter_map(|it| of_object(old, new, it))
        .collect()
}

fn of_object(old: &Side<'_>, new: &Side<'_>, pair: Pair<'_>) -> Option<Change> {
    let differences = match (pair.before, pair.after) {
        (Some(before), Some(after)) => fields::of_objects(
            after.object.identity(),
            before.object.node(),
            after.object.node(),
        ),
        _ => Vec::new(),
    };
    let is_moved = pair
        .before
        .zip(pair.after)
        .is_some_and(|(one, other)| one.layer != other.layer);
    let is_whole = pair.before.is_some() && pair.after.is_some();
    if is_whole && differences.is_empty() && !is_moved {
        return None;
    }
    let change = objects::Change {
        old: Some(old),
        new: Some(new),
        pair,
        differences: &differences,
    };
    let effects = objects::effects(&change);
    let action = match (pair.before, pair.after, pair.by) {
        (None, ..) => Action::Created,
        (_, None, _) => Action::Deleted,
        (_, _, By::Identity) => Action::Changed,
        _ => Action::Renamed,
    };
    let causes = if is_whole {
        let removed = pair.before.filter(|_| pair.by == By::Likeness);
        let removed = removed.map_or_else(Vec::new, |it| removals(it, old, new));
        let found = causes_of(&differences, &tables(&pair, old, new), old, new);
        unique(found.into_iter().chain(removed))
    } else {
        causes_of_one(pair, old, new)
    };
    let member = pair.after.or(pair.before)?;
    let was = pair.before.filter(|_| action == Action::Renamed);
    Some(Change {
        subject: objects_name(member),
        action,
        was: was.map(objects_name),
        layer: Some(member.layer.folder()),
        effects,
        fields: shown(&differences, &pair),
        causes,
        refers: referred(if pair.after.is_some() { new } else { old }, member),
    })
}

fn objects_name(member: &Member) -> String {
    member.object.identity().to_string()
}

fn shown(differences: &[Difference], pair: &Pair<'_>) -> Vec<Field> {
    let text = |said: &Option<fields::Said>| said.as_ref().map(|it| it.text.clone());
    let fields = differences.iter().map(|it| {
        let (before, after) = (text(&it.before), text(&it.after));
        let is_renamed = before.as_ref().zip(after.as_ref());
        let is_renamed = is_renamed.is_some_and(|(before, after)| pair.renames(before, after));
        Field {
            path: it.path.clone(),
            before,
            after,
            derived: is_renamed || is_derived(&it.path),
        }
    });
    fields.collect()
}

/// The lines behind what differs. Where a template has only asked whether something is so, no value names its line:
/// then what changed in the tables that asked for the object is what there is to tell.
fn causes_of(
    differences: &[Difference],
    tables: &[&str],
    old: &Side<'_>,
    new: &Side<'_>,
) -> Vec<Cause> {
    let before = (&old.compilation.sources, &old.values);
    let after = (&new.compilation.sources, &new.values);
    let fields = differences.iter().filter(|it| !is_derived(&it.path));
    let of_fields: Vec<_> = fields.map(|it| causes::causes(it, before, after)).collect();
    let mut found = Vec::new();
    if of_fields.iter().any(Vec::is_empty) {
        let changed = causes::changed_values(&old.values, &new.values).into_iter();
        let is_of_tables = |it: &Cause| tables.iter().any(|table| is_in(&it.key, table));
        found.extend(changed.filter(is_of_tables));
    }
    unique(found.into_iter().chain(of_fields.into_iter().flatten()))
}

/// Whether a key is a table, or stands in it.
fn is_in(key: &str, table: &str) -> bool {
    let inside = key.strip_prefix(table);
    !table.is_empty() && inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The tables that asked for an object, on either side.
fn tables<'s>(pair: &Pair<'_>, old: &'s Side<'_>, new: &'s Side<'_>) -> Vec<&'s str> {
    let of = |member: Option<&Member>, side: &'s Side<'_>| -> Vec<&'s str> {
        let because = member.into_iter().flat_map(|it| it.because.iter());
        because
            .filter_map(|id| side.compilation.sources.path(id))
            .collect()
    };
    [of(pair.before, old), of(pair.after, new)].concat()
}

fn unique(causes: impl Iterator<Item = Cause>) -> Vec<Cause> {
    causes.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Why an object is on one side alone: the tables that asked for it, where they are new or gone, else what
/// changed among the values that made it.
fn causes_of_one(pair: Pair<'_>, old: &Side<'_>, new: &Side<'_>) -> Vec<Cause> {
    let (before, after) = (&old.compilation.sources, &new.compilation.sources);
    let tables = |member: Option<&Member>, here, there: &Side<'_>| -> Vec<(String, Line)> {
        let Some(member) = member else {
            return Vec::new();
        };
        let known = &there.keys;
        let tables = causes::of_object(&member.because, here);
        let new: Vec<_> = tables
            .iter()
            .filter(|(key, _)| !known.contains(key.as_str()))
            .cloned()
            .collect();
        if new.is_empty() {
            let mut origins = BTreeSet::new();
            crate::spec::collect_origins(member.object.node(), &mut origins);
            let origins: Origins = origins.into_iter().collect();
            let values = causes::of_object(&origins, here).into_iter();
            let values = values.filter(|(key, _)| !key.is_empty() && !known.contains(key.as_str()));
            let values: Vec<_> = values.collect();
            if values.is_empty() {
                of_manifest(member, here)
            } else {
                values
            }
        } else {
            new
        }
    };
    let gone = tables(pair.before, before, new).into_iter();
    let gone = gone.map(|(key, line)| Cause {
        key,
        before: Some(line),
        after: None,
    });
    let made = tables(pair.after, after, old).into_iter();
    let made = made.map(|(key, line)| Cause {
        key,
        before: None,
        after: Some(line),
    });
    let removed = pair
        .before
        .map_or_else(Vec::new, |it| removals(it, old, new));
    unique(gone.chain(made).chain(removed))
}

/// Where a raw manifest names its object.
fn of_manifest(member: &Member, sources: &crate::document::Sources) -> Vec<(String, Line)> {
    let name = member.object.node().at(["metadata", "name"]);
    let lines = name.map_or_else(Vec::new, |it| causes::of_object(&it.origins, sources));
    let lines = lines.into_iter().filter(|(key, _)| key.is_empty());
    lines.map(|(_, line)| (line.file.clone(), line)).collect()
}

/// The lines by which a spec takes back a table that it inherits.
fn removals(member: &Member, old: &Side<'_>, new: &Side<'_>) -> Vec<Cause> {
    let tables = causes::of_object(&member.because, &old.compilation.sources);
    let removes = |text: &str| {
        let stated = text.trim_matches(['"', '\'']);
        tables.iter().any(|(table, _)| is_in(table, stated))
    };
    let lines = new.values.lines();
    let removals = lines.filter(|(key, line)| key.starts_with("remove[") && removes(&line.text));
    let removals = removals.map(|(key, line)| Cause {
        key: key.to_owned(),
        before: None,
        after: Some(line.clone()),
    });
    removals.collect()
}

/// What objects were called, and are.
struct Renamed(Vec<(String, String)>);

impl Renamed {
    fn of(changes: &[Change]) -> Self {
        let renamed = changes
            .iter()
            .filter_map(|it| Some((it.was.clone()?, it.subject.clone())));
        Self(renamed.collect())
    }

    /// A text about an object, with the name that it has now.
    fn now(&self, text: &str) -> String {
        let is_it = |(was, _): &&(String, String)| text.ends_with(was.as_str());
        self.0.iter().find(is_it).map_or_else(
            || text.to_owned(),
            |(was, is)| text.replace(was.as_str(), is),
        )
    }
}

/// Access and capacity, with the lines behind the objects that decide them.
fn of_evaluation(old: &Side<'_>, new: &Side<'_>, changes: &[Change]) -> Vec<Change> {
    const RIGHTS: &[&str] = &[
        "Role",
        "ClusterRole",
        "RoleBinding",
        "ClusterRoleBinding",
        "ServiceAccount",
    ];
    const TRAFFIC: &[&str] = &["NetworkPolicy", "Namespace"];
    let behind = |kinds: &[&str]| {
        let of_kind = changes
            .iter()
            .filter(|it| kinds.contains(&it.subject.split('/').next().unwrap_or_default()));
        unique(of_kind.flat_map(|it| it.causes.clone()))
    };
    // Of a platform that is new, or gone as a whole, every right would be told.
    let is_whole = [old, new]
        .iter()
        .all(|it| !it.platform.graph.members.is_empty());
    let renamed = Renamed::of(changes);
    let access = |found: fn(&Side<'_>, &Side<'_>, &Renamed) -> Vec<Consequence>| {
        if is_whole {
            found(old, new, &renamed)
        } else {
            Vec::new()
        }
    };
    // What asks for more is any workload; its own change says why.
    let found = [
        (access(access::consequences), behind(RIGHTS)),
        (access(traffic::consequences), behind(TRAFFIC)),
        (capacity::consequences(old, new), Vec::new()),
    ];
    let found = found.into_iter().flat_map(|(found, causes)| {
        found
            .into_iter()
            .map(move |it| Change::evaluated(it.subject, it.effects, causes.clone()))
    });
    found.collect()
}

/// Files that kiln hands over to other tools.
fn of_files(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let (before, after) = (&old.compilation.hand_over, &new.compilation.hand_over);
    let what = [
        "is a new file for another tool",
        "is no longer made",
        "is to be handed over again, to the tool that reads it",
    ];
    of_documents(before, after, old, new, what, |path, _| path.to_owned())
}

/// The engine's own objects.
fn of_delivery(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let engines = (old.engine(), new.engine());
    let names = engines
        .0
        .map(|it| it.title)
        .zip(engines.1.map(|it| it.title));
    if let Some((was, is)) = names.filter(|(was, is)| was != is) {
        let what = format!("goes from {was} to {is}");
        let note = format!(
            "first let {was} go without deleting anything, then apply what starts {is}: while both follow the tree, what one prunes the other makes again"
        );
        let effect = Effect::new(rules::HANDED_OVER, what).note(note);
        let causes = causes::changed_values(&old.values, &new.values);
        let of_delivery = causes
            .into_iter()
            .filter(|it| it.key.starts_with("delivery"));
        let subject = "the platform".to_owned();
        return vec![Change::evaluated(
            subject,
            vec![effect],
            of_delivery.collect(),
        )];
    }
    let (before, after) = (&old.compilation.delivered, &new.compilation.delivered);
    let what = [
        "is created: the engine finds it in out/delivery",
        "is deleted: it is no longer in out/delivery",
        "is updated in place: the engine reads it anew",
    ];
    let name = |path: &str, node: &Node| {
        let identity = Identity::of(node).map(|it| it.to_string());
        identity.unwrap_or_else(|_| path.to_owned())
    };
    of_documents(before, after, old, new, what, name)
}

/// Documents by path: `what` says what becomes of one that is new, that is gone, and that differs.
fn of_documents(
    before: &BTreeMap<String, Node>,
    after: &BTreeMap<String, Node>,
    old: &Side<'_>,
    new: &Side<'_>,
    what: [&str; 3],
    name: impl Fn(&str, &Node) -> String,
) -> Vec<Change> {
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut changes = Vec::new();
    for path in paths {
        let (was, is) = (before.get(path), after.get(path));
        let differences = match (was, is) {
            (Some(was), Some(is)) => fields::differences(was, is),
            _ => Vec::new(),
        };
        let (action, rule, what) = match (was, is) {
            (None, _) => (Action::Created, rules::CREATED, what[0]),
            (_, None) => (Action::Deleted, rules::DELETED, what[1]),
            _ if differences.is_empty() => continue,
            (Some(was), Some(is)) if leads_elsewhere(was, is, &differences) => {
                let what = "leads the engine elsewhere: what it no longer finds there it deletes, and what it finds nobody has seen here";
                (Action::Changed, rules::HANDED_OVER, what)
            }
            _ => (Action::Changed, rules::UPDATED, what[2]),
        };
        let Some(node) = is.or(was) else { continue };
        changes.push(Change {
            subject: name(path, node),
            action,
            was: None,
            layer: None,
            effects: vec![Effect::new(rule, what)],
            fields: shown(&differences, &Pair::NONE),
            causes: causes_of(&differences, &["delivery"], old, new),
            refers: Vec::new(),
        });
    }
    changes
}

/// Whether an engine's object is another one, or follows another repository, branch, folder or cluster.
fn leads_elsewhere(was: &Node, is: &Node, differences: &[Difference]) -> bool {
    const FIELDS: [&str; 8] = [
        "repoURL",
        "targetRevision",
        "url",
        "branch",
        "path",
        "server",
        "namespace",
        "name",
    ];
    let is_target = |path: &str| {
        let last = path.rsplit('.').next().unwrap_or_default();
        path.starts_with("spec.") && FIELDS.contains(&last) && !path.contains("destinations")
    };
    let is_another = Identity::of(was).ok() != Identity::of(is).ok();
    is_another || differences.iter().any(|it| is_target(&it.path))
}

fn of_prerequisites(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let (had, has) = (
        prerequisites(old.compilation),
        prerequisites(new.compilation),
    );
    let change = |line: &String, rule, what: &str, side: &Side<'_>, is_new: bool| {
        let (subject, why) = line.split_once(": ").unwrap_or((line, ""));
        let effect = Effect::new(rule, what);
        let effect = if why.is_empty() {
            effect
        } else {
            effect.note(why)
        };
        let names = |it: &&crate::manifests::Prerequisite| {
            let identity = &it.object;
            subject.starts_with(&identity.kind) && subject.contains(&identity.name)
        };
        let stated = side.platform.graph.prerequisites.iter().find(names);
        let lines = stated.map_or_else(Vec::new, |it| {
            causes::of_object(&it.because, &side.compilation.sources)
        });
        let causes = lines.into_iter().map(|(key, line)| {
            let (before, after) = if is_new {
                (None, Some(line))
            } else {
                (Some(line), None)
            };
            Cause { key, before, after }
        });
        Change::evaluated(subject.to_owned(), vec![effect], causes.collect())
    };
    let needed = has.difference(&had).map(|it| {
        change(
            it,
            rules::NEEDED,
            "has to be there before this is synced",
            new,
            true,
        )
    });
    let what = "is no longer needed; kiln did not make it, and nothing deletes it";
    let dropped = had
        .difference(&has)
        .map(|it| change(it, rules::NOT_NEEDED, what, old, false));
    needed.chain(dropped).collect()
}

/// Buckets that the spec no longer has: nothing deletes what is in them.
fn of_buckets(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let buckets = |side: &Side<'_>| -> BTreeMap<String, Origins> {
        let store = side.compilation.offers.object_store.as_ref();
        let store = store.filter(|it| !it.is_external);
        let buckets = store.into_iter().flat_map(|it| it.buckets.clone());
        buckets.map(|it| (it.value, it.origins)).collect()
    };
    let (had, has) = (buckets(old), buckets(new));
    let gone = had.into_iter().filter(|(name, _)| !has.contains_key(name));
    let changes = gone.map(|(name, origins)| {
        let what = "is no longer made; it stays in the store with all that is in it";
        let causes = causes::of_object(&origins, &old.compilation.sources).into_iter();
        let causes = causes.map(|(key, line)| Cause {
            key,
            before: Some(line),
            after: None,
        });
        Change::evaluated(
            format!("Bucket {name}"),
            vec![Effect::new(rules::KEPT, what)],
            causes.collect(),
        )
    });
    changes.collect()
}

/// The layers in the order in which they are applied.
pub fn layers() -> impl Iterator<Item = &'static str> {
    Layer::ALL.into_iter().map(Layer::folder)
}
