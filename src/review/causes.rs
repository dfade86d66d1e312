//! The lines of the spec that a difference comes from: what was written there, and what is.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::fields::{Difference, Said};
use crate::document::{Origin, OriginId, Origins, Place, Sources};

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
    values: BTreeMap<String, Line>,
    /// The tables and lists, which differ when what is in them does, and not when it stands in another order.
    containers: BTreeSet<String>,
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
        Self { values, containers }
    }

    /// What a value says, by its key.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &Line)> {
        self.values.iter().map(|(key, line)| (key.as_str(), line))
    }
}

/// The lines behind a difference: of all values that went into it, those that are not the same on both sides.
#[must_use]
pub fn causes(
    difference: &Difference,
    before: (&Sources, &Values),
    after: (&Sources, &Values),
) -> Vec<Cause> {
    let lines = |said: &Option<Said>, sources: &Sources| -> BTreeMap<String, Option<Line>> {
        let origins = said.iter().flat_map(|it| it.origins.iter());
        origins.filter_map(|id| value(id, sources)).collect()
    };
    let old = lines(&difference.before, before.0);
    let new = lines(&difference.after, after.0);
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let line = |key: &String, lines: &BTreeMap<String, Option<Line>>, values: &Values| {
        let line = lines.get(key).cloned().flatten();
        line.or_else(|| values.values.get(key).cloned())
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

/// Every value of the specs that is not the same on both sides, in the order of the paths.
#[must_use]
pub fn changed_values(before: &Values, after: &Values) -> Vec<Cause> {
    let keys: BTreeSet<_> = before.values.keys().chain(after.values.keys()).collect();
    let causes = keys.into_iter().map(|key| Cause {
        key: key.clone(),
        before: before.values.get(key).cloned(),
        after: after.values.get(key).cloned(),
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

/// The tables that asked for an object which one side alone has.
#[must_use]
pub fn of_object(because: &Origins, sources: &Sources) -> Vec<(String, Line)> {
    let tables = because.iter().filter_map(|id| {
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
