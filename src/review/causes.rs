//! The lines of the spec that a difference comes from: what was written there, and what is.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{
    Change, Comparison, Side,
    fields::{Difference, Said},
    objects::is_derived,
    pairs::{By, Pair},
};
use crate::{
    document::{Node, Origin, OriginId, Origins, Place, Sources},
    graph::Member,
    kubernetes::ITEM_KEYS,
    spec::collect_origins,
};

/// A value of the spec, or of a file that it names, that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cause {
    /// The dotted path of keys, such as `connect.analytics.executor.memory`; the file's path for one that is not TOML.
    pub key: String,
    /// Where it stood, and what it said; none where the default held.
    pub before: Option<Line>,
    /// Where it stands, and what it says; none where the default holds.
    pub after: Option<Line>,
}

/// A value at its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// The file, from the repository's root.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What the file says there, on one line.
    pub text: String,
}

/// What the spec of one side says, all its files together.
pub struct Values {
    lines: BTreeMap<String, Line>,
    /// The tables and lists, which differ when what is in them does, and not when it stands in another order.
    containers: BTreeSet<String>,
    /// What the items of lists are called after those of the other side that are the same, by what they are called here.
    aligned: BTreeMap<String, String>,
}

impl Values {
    /// Of values that a file overrides, the overriding one counts: files are read from the environment's own to
    /// its bases.
    #[must_use]
    pub fn of(sources: &Sources) -> Self {
        let mut values = BTreeMap::new();
        for id in sources.ids() {
            let is_spec = sources.path(id).is_some();
            if let Some((key, Some(line))) = value(id, sources).filter(|_| is_spec) {
                values.entry(key).or_insert(line);
            }
        }
        // A quoted key may have a dot in it, and then no value is called like what stands before.
        let before = |key: &String| -> Vec<String> {
            let ends = key.match_indices(['.', '[']).map(|(at, _)| at);
            ends.filter_map(|end| key.get(..end).map(str::to_owned))
                .collect()
        };
        let containers = values.keys().flat_map(before).collect();
        Self {
            lines: values,
            containers,
            aligned: BTreeMap::new(),
        }
    }

    /// Calls the items of lists like those of the other side that are the same: an item in front makes no others of
    /// those behind it.
    pub fn align(&mut self, other: &Self) {
        let keys = self.lines.keys();
        let mut lists: Vec<_> = keys
            .flat_map(|it| lists_of(it))
            .map(str::to_owned)
            .collect();
        // Lists in lists after those that they are in.
        lists.sort_by_key(|it| (it.matches('[').count(), it.clone()));
        lists.dedup();
        for list in lists {
            let renamed = renamed(&items(&list, &self.lines), &items(&list, &other.lines));
            if renamed.iter().all(|(was, is)| Some(was) == is.as_ref()) {
                continue;
            }
            let rename = |key: &String| -> String {
                let Some((item, rest)) = item_of(&list, key) else {
                    return key.clone();
                };
                match renamed.get(&item) {
                    Some(Some(other)) => format!("{list}[{other}]{rest}"),
                    // Behind the line break it is told from the item that has its place now.
                    Some(None) if !key.contains('\n') => format!("{key}\n-"),
                    _ => key.clone(),
                }
            };
            let known: BTreeSet<&String> = self.aligned.values().collect();
            let first = self.lines.keys().filter(|it| !known.contains(it));
            let first = first.map(|it| (it.clone(), rename(it)));
            let again = self.aligned.iter();
            let again = again.map(|(first, it)| (first.clone(), rename(it)));
            self.aligned = again.chain(first).collect();
            let values = std::mem::take(&mut self.lines).into_iter();
            self.lines = values.map(|(key, line)| (rename(&key), line)).collect();
            self.containers = self.containers.iter().map(rename).collect();
        }
    }

    /// What a value of this side is called, by the key that its file gives it.
    fn name(&self, key: String) -> String {
        self.aligned.get(&key).cloned().unwrap_or(key)
    }

    /// What a value says, by its key.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &Line)> {
        self.lines.iter().map(|(key, line)| (key.as_str(), line))
    }
}

/// The lists in which a value is: `a` and `a[1].b` of `a[1].b[2]`.
fn lists_of(key: &str) -> impl Iterator<Item = &str> {
    let starts = key.match_indices('[').map(|(at, _)| &key[..at]);
    starts.filter(move |list| item_of(list, key).is_some())
}

/// The position of the item of a list in which a value is, and where in the item.
fn item_of<'k>(list: &str, key: &'k str) -> Option<(usize, &'k str)> {
    let (item, rest) = key.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?;
    Some((item.parse().ok()?, rest))
}

/// What is in an item of a list, by where in it.
type Item<'v> = BTreeMap<&'v str, &'v str>;

fn items<'v>(list: &str, values: &'v BTreeMap<String, Line>) -> BTreeMap<usize, Item<'v>> {
    let mut items: BTreeMap<usize, Item<'v>> = BTreeMap::new();
    let inside = values.iter().filter(|(key, _)| !key.contains('\n'));
    for (key, line) in inside {
        if let Some((item, rest)) = item_of(list, key) {
            items
                .entry(item)
                .or_default()
                .insert(rest, unquoted(&line.text));
        }
    }
    items
}

/// Which item of a list is which of another: by its name where all have one, else in their order, so that as many as
/// can be are the same.
fn renamed(
    before: &BTreeMap<usize, Item<'_>>,
    after: &BTreeMap<usize, Item<'_>>,
) -> BTreeMap<usize, Option<usize>> {
    for key in ITEM_KEYS {
        let key = format!(".{key}");
        let name = |item: &Item<'_>| item.get(key.as_str()).map(|it| (*it).to_owned());
        let names: Option<BTreeMap<_, _>> = after
            .iter()
            .map(|(at, it)| Some((name(it)?, *at)))
            .collect();
        let names = names.filter(|it| it.len() == after.len());
        if let Some(names) = names.filter(|_| before.values().all(|it| name(it).is_some())) {
            let other = |item| names.get(&name(item)?).copied();
            return before.iter().map(|(at, it)| (*at, other(it))).collect();
        }
    }
    let [old, new] = [before, after].map(|it| it.values().collect::<Vec<_>>());
    let [was, is] = [before, after].map(|it| it.keys().copied().collect::<Vec<_>>());
    let mut found: BTreeMap<usize, Option<usize>> = was.iter().map(|it| (*it, None)).collect();
    for operation in similar::capture_diff_slices(similar::Algorithm::Myers, &old, &new) {
        let (_, old, new) = operation.as_tag_tuple();
        found.extend(old.zip(new).map(|(old, new)| (was[old], Some(is[new]))));
    }
    found
}

/// The lines behind a difference: of all values that went into it, those that are not the same on both sides.
#[must_use]
pub fn causes(
    difference: &Difference,
    before: (&Sources, &Values),
    after: (&Sources, &Values),
) -> Vec<Cause> {
    let lines = |said: &Option<Said>, (sources, values): (&Sources, &Values)| {
        let origins = said.iter().flat_map(|it| it.origins.iter());
        let lines = origins.filter_map(|id| value(id, sources));
        let lines = lines.map(|(key, line)| (values.name(key), line));
        lines.collect::<BTreeMap<_, _>>()
    };
    let old = lines(&difference.before, before);
    let new = lines(&difference.after, after);
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let line = |key: &String, lines: &BTreeMap<String, Option<Line>>, values: &Values| {
        let line = lines.get(key).cloned().flatten();
        line.or_else(|| values.lines.get(key).cloned())
    };
    let causes = keys.into_iter().map(|key| Cause {
        key: key.clone(),
        before: line(key, &old, before.1),
        after: line(key, &new, after.1),
    });
    // Of what was committed no line is known: then all that made the value are told.
    if before.0.files().is_empty() {
        let told = causes.filter(|it| it.after.is_some()).map(|it| Cause {
            before: it.after.clone(),
            ..it
        });
        return named(told);
    }
    narrowed(causes.filter(|it| it.differs(before.1, after.1)))
}

/// The lines behind parts of documents that count on one side alone, as far as these are not the same on both.
#[must_use]
pub fn of_parts(before: &[&Node], after: &[&Node], sides: Comparison<'_, '_>) -> Vec<Cause> {
    let said = |nodes: &[&Node]| -> Option<Said> {
        let mut origins = BTreeSet::new();
        for node in nodes {
            collect_origins(node, &mut origins);
        }
        (!origins.is_empty()).then(|| Said {
            text: String::new(),
            origins: origins.into_iter().collect(),
        })
    };
    let difference = Difference {
        path: String::new(),
        before: said(before),
        after: said(after),
    };
    let [old, new] = [sides.old, sides.new].map(|it| (&it.compilation.sources, &it.values));
    unique(causes(&difference, old, new).into_iter())
}

/// Each once, in the order of the keys.
pub fn unique(causes: impl Iterator<Item = Cause>) -> Vec<Cause> {
    causes.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Every value of the specs that is not the same on both sides, in the order of the paths.
#[must_use]
pub fn changed_values(before: &Values, after: &Values) -> Vec<Cause> {
    let keys: BTreeSet<_> = before.lines.keys().chain(after.lines.keys()).collect();
    let causes = keys.into_iter().map(|key| Cause {
        key: key.clone(),
        before: before.lines.get(key).cloned(),
        after: after.lines.get(key).cloned(),
    });
    narrowed(causes.filter(|it| it.differs(before, after)))
}

impl Cause {
    fn differs(&self, before: &Values, after: &Values) -> bool {
        let is_container = [before, after]
            .iter()
            .all(|it| it.containers.contains(&self.key));
        if is_container {
            return false;
        }
        let text = |line: &Option<Line>| line.as_ref().map(|it| unquoted(&it.text).to_owned());
        text(&self.before) != text(&self.after)
    }

    /// A line that was not there.
    #[must_use]
    pub const fn made(key: String, line: Line) -> Self {
        Self {
            key,
            before: None,
            after: Some(line),
        }
    }

    /// A line that is no longer there.
    #[must_use]
    pub const fn gone(key: String, line: Line) -> Self {
        Self {
            key,
            before: Some(line),
            after: None,
        }
    }

    /// The same of a comparison the other way round.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            key: self.key,
            before: self.after,
            after: self.before,
        }
    }

    /// Whether it is new, or gone, as a whole.
    const fn is_on_one_side(&self) -> bool {
        self.before.is_none() != self.after.is_none()
    }

    /// Whether another value is inside of this one.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        let inside = key.strip_prefix(&self.key).filter(|_| !key.contains('\n'));
        inside.is_some_and(|it| it.starts_with(['.', '[']))
    }
}

/// The two ways in which TOML writes a text that needs no escape.
fn unquoted(text: &str) -> &str {
    let inside = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

/// Of what is new or gone as a whole its parts are not told too; of what has another value inside, only that value.
fn narrowed(causes: impl Iterator<Item = Cause>) -> Vec<Cause> {
    let all: Vec<_> = causes.collect();
    let is_told = |it: &&Cause| {
        let is_part = all
            .iter()
            .any(|other| other.contains(&it.key) && other.is_on_one_side());
        let has_parts = all.iter().any(|other| it.contains(&other.key));
        !is_part && (it.is_on_one_side() || !has_parts)
    };
    named(all.iter().filter(is_told).cloned())
}

/// The lines behind several changes: each value once, and nothing that is inside of a new or gone one.
#[must_use]
pub fn together<'c>(causes: impl Iterator<Item = &'c Cause>) -> Vec<Cause> {
    let mut by_place: BTreeMap<_, &Cause> = BTreeMap::new();
    for cause in causes {
        let line = cause.after.as_ref().or(cause.before.as_ref());
        let place = line.map(|it| (&it.file, it.line));
        let known = by_place.entry((&cause.key, place)).or_insert(cause);
        // A table that asked for an object is told by its name alone; its value says more.
        let length = |it: &Cause| {
            let lines = [&it.before, &it.after].into_iter().flatten();
            lines.map(|it| it.text.len()).sum::<usize>()
        };
        if length(cause) > length(known) {
            *known = cause;
        }
    }
    narrowed(by_place.into_values().cloned())
}

/// Lines of other files than a spec's have no name but that of their file.
fn named(causes: impl Iterator<Item = Cause>) -> Vec<Cause> {
    let named = causes.map(|it| Cause {
        key: it.key.split('\n').next().unwrap_or_default().to_owned(),
        ..it
    });
    named.collect()
}

/// The lines behind what differs. Where a template has only asked whether something is so, no value names its line:
/// then what changed in the tables that asked for the object is what there is to tell.
#[must_use]
pub fn of_differences(
    differences: &[Difference],
    tables: &[&str],
    sides: Comparison<'_, '_>,
) -> Vec<Cause> {
    let [old, new] = [sides.old, sides.new].map(|it| (&it.compilation.sources, &it.values));
    let fields = differences.iter().filter(|it| !is_derived(&it.path));
    let of_fields: Vec<_> = fields.map(|it| causes(it, old, new)).collect();
    let mut found = Vec::new();
    if of_fields.iter().any(Vec::is_empty) {
        let changed = changed_values(old.1, new.1).into_iter();
        let is_of_tables = |it: &Cause| tables.iter().any(|table| is_in(&it.key, table));
        found.extend(changed.filter(is_of_tables));
    }
    unique(found.into_iter().chain(of_fields.into_iter().flatten()))
}

/// The lines behind an object that is not what it was.
#[must_use]
pub fn of_pair(
    pair: &Pair<'_>,
    differences: &[Difference],
    sides: Comparison<'_, '_>,
) -> Vec<Cause> {
    let Comparison { old, new } = sides;
    let found = match pair {
        Pair::New(after) => {
            let lines = of_one(after, new, old).into_iter();
            lines.map(|(key, line)| Cause::made(key, line)).collect()
        }
        Pair::Gone(before) => {
            let lines = of_one(before, old, new).into_iter();
            let lines = lines.map(|(key, line)| Cause::gone(key, line));
            lines.chain(removals(before, sides)).collect()
        }
        Pair::Both(both) => {
            let tables = [tables(both.before, old), tables(both.after, new)].concat();
            let mut found = of_differences(differences, &tables, sides);
            if both.by == By::Likeness {
                found.extend(removals(both.before, sides));
            }
            found
        }
    };
    unique(found.into_iter())
}

/// Whether a key is a table, or stands in it.
fn is_in(key: &str, table: &str) -> bool {
    let inside = key.strip_prefix(table);
    !table.is_empty() && inside.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The tables that asked for an object.
fn tables<'s>(member: &Member, side: &'s Side<'_>) -> Vec<&'s str> {
    let origins = member.origins.iter();
    origins
        .filter_map(|id| side.compilation.sources.path(id))
        .collect()
}

/// Why an object is here and not there: the tables that asked for it, where they are here alone, else those among the
/// values that made it.
fn of_one(member: &Member, here: &Side<'_>, there: &Side<'_>) -> Vec<(String, Line)> {
    let sources = &here.compilation.sources;
    let is_known = |key: &str| there.keys.contains(key);
    let mut tables = of_object(&member.origins, sources);
    tables.retain(|(key, _)| !is_known(key));
    if !tables.is_empty() {
        return tables;
    }
    let mut origins = BTreeSet::new();
    collect_origins(member.object.node(), &mut origins);
    let origins: Origins = origins.into_iter().collect();
    let mut values = of_object(&origins, sources);
    values.retain(|(key, _)| !key.is_empty() && !is_known(key));
    if values.is_empty() {
        of_manifest(member, sources)
    } else {
        values
    }
}

/// Where a raw manifest names its object.
fn of_manifest(member: &Member, sources: &Sources) -> Vec<(String, Line)> {
    let name = member.object.node().at(["metadata", "name"]);
    let lines = name.map_or_else(Vec::new, |it| of_object(&it.origins, sources));
    let lines = lines.into_iter().filter(|(key, _)| key.is_empty());
    lines.map(|(_, line)| (line.file.clone(), line)).collect()
}

/// The lines by which a spec takes back a table that it inherits.
fn removals(member: &Member, sides: Comparison<'_, '_>) -> Vec<Cause> {
    let tables = of_object(&member.origins, &sides.old.compilation.sources);
    let removes = |text: &str| {
        let stated = text.trim_matches(['"', '\'']);
        tables.iter().any(|(table, _)| is_in(table, stated))
    };
    let lines = sides.new.values.lines();
    let removals = lines.filter(|(key, line)| key.starts_with("remove[") && removes(&line.text));
    let removals = removals.map(|(key, line)| Cause::made(key.to_owned(), line.clone()));
    removals.collect()
}

/// The changed values of which no change on the cluster speaks. Of a table that is new or gone the objects speak that it
/// made, and `compile` warns of what has no effect at all.
#[must_use]
pub fn idle(sides: Comparison<'_, '_>, changes: &[Change]) -> Vec<Cause> {
    let mut idle = unnamed(sides, changes);
    idle.retain(|it| it.before.is_some() && it.after.is_some());
    idle
}

/// The changed values of which no change names the line.
fn unnamed(sides: Comparison<'_, '_>, changes: &[Change]) -> Vec<Cause> {
    let known: Vec<&Cause> = changes.iter().flat_map(|it| &it.causes).collect();
    let mut unnamed = changed_values(&sides.old.values, &sides.new.values);
    unnamed.retain(|it| {
        let is_known = |other: &&Cause| {
            other.key == it.key || other.contains(&it.key) || it.contains(&other.key)
        };
        !known.iter().any(is_known)
    });
    unnamed
}

/// An object whose name or checksum follows from others has the causes of those that it refers to.
pub fn share(changes: &mut [Change]) {
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

/// What is still without a line comes from what changed in the tables that asked for it: another backend of a server
/// needs other objects.
pub fn take_those_of_tables(sides: Comparison<'_, '_>, changes: &mut [Change]) {
    if changes.iter().all(|it| !it.causes.is_empty()) {
        return;
    }
    let values = changed_values(&sides.old.values, &sides.new.values);
    let mut asked: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for side in [sides.old, sides.new] {
        for member in &side.platform.graph.members {
            let name = member.object.identity().to_string();
            asked.entry(name).or_default().extend(tables(member, side));
        }
    }
    for change in changes.iter_mut().filter(|it| it.causes.is_empty()) {
        let Some(tables) = asked.get(&change.subject) else {
            continue;
        };
        let is_of_tables = |it: &&Cause| tables.iter().any(|table| is_in(&it.key, table));
        change.causes = values.iter().filter(is_of_tables).cloned().collect();
    }
}

/// A value of which no change names the line is behind those of which no line is known: a table that is empty, or a
/// key that only decides whether something is made, leaves no other trace.
pub fn take_what_is_left(sides: Comparison<'_, '_>, changes: &mut [Change]) {
    let left = unnamed(sides, changes);
    let nameless = changes.iter_mut().filter(|it| it.causes.is_empty());
    for change in nameless {
        change.causes.clone_from(&left);
    }
}

/// The tables that asked for an object which one side alone has.
#[must_use]
pub fn of_object(origins: &Origins, sources: &Sources) -> Vec<(String, Line)> {
    let tables = origins.iter().filter_map(|id| {
        let place = sources.key_place(id)?;
        let key = sources.path(id).unwrap_or_default().to_owned();
        Some((key, line(place, sources)))
    });
    tables.collect()
}

/// A value of a spec by its path, and one of any other file by what its line says: lines there have no name.
fn value(id: OriginId, sources: &Sources) -> Option<(String, Option<Line>)> {
    Some(match sources.origin(id) {
        Origin::Spec { path, value, .. } => (path.clone(), Some(line(value, sources))),
        Origin::Default { path, .. } => (path.clone(), None),
        // A line there has no path, and is told by its key, or else by what it says.
        Origin::Manifest { key, value } => {
            let line = line(value, sources);
            let key = key.as_ref().map(|it| self::line(it, sources).text);
            (
                format!("{}\n{}", line.file, key.as_ref().unwrap_or(&line.text)),
                Some(line),
            )
        }
        // What went into it has origins of its own.
        Origin::Computed(_) => return None,
    })
}

fn line(place: &Place, sources: &Sources) -> Line {
    const LONGEST: usize = 200;
    let file = sources.file(place.file);
    let text = file.text.get(place.span.clone()).unwrap_or_default();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let shortened = text
        .char_indices()
        .nth(LONGEST)
        .map(|(end, _)| &text[..end]);
    Line {
        file: file.path.clone(),
        line: sources.line(place),
        text: shortened.map_or_else(|| text.clone(), |it| format!("{it}…")),
    }
}
