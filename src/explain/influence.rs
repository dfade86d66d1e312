//! What a line of the input makes.

use std::collections::BTreeSet;

use super::{
    fields::{Field, fields},
    path::steps,
    subjects::Subject,
};
use crate::{
    Compilation,
    diagnostics::{At, Diagnostic, did_you_mean, name_list},
    document::{File, FileId, Origin, OriginId, Origins, Place, Sources},
    manifests::Prerequisite,
    spec::{Source, collect_origins},
    spelling,
};

/// What somebody asks about: a line or a key, and what it states.
pub struct Asked {
    /// As they wrote it.
    pub name: String,
    /// The values that stand there.
    pub stated: Vec<Stated>,
    /// Why there are none.
    pub nothing: Option<&'static str>,
    /// The line, for the diagnostics about it.
    line: Option<(FileId, usize)>,
}

/// A value that the input states, or a default.
pub struct Stated {
    /// Where it comes from.
    pub origin: OriginId,
    /// What became of it.
    pub state: State,
}

/// What becomes of a value of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is what the environment says.
    Effective,
    /// It says what its file inherits, and is not a value of the environment.
    Inherits,
    /// Another value stands in its place.
    Overridden(OriginId),
    /// A file that extends this one takes it out.
    Removed(OriginId),
}

/// What a line or a key makes.
pub struct Influence<'a> {
    /// The documents that were made for it, with all their constants.
    pub objects: Vec<&'a Subject<'a>>,
    /// The fields that it had a part in, by their documents.
    pub fields: Vec<(&'a Subject<'a>, Vec<Field<'a>>)>,
    /// What is said about it.
    pub diagnostics: Vec<&'a Diagnostic>,
    /// What the cluster must hold because of it.
    pub prerequisites: Vec<&'a Prerequisite>,
}

impl Influence<'_> {
    /// Whether it makes nothing at all.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.objects.is_empty()
            && self.fields.is_empty()
            && self.diagnostics.is_empty()
            && self.prerequisites.is_empty()
    }
}

/// What stands in a line of a file, written `FILE:LINE` or `FILE:LINE:COLUMN`.
///
/// # Errors
/// What is wrong with the question.
pub fn of_line(asked: &str, sources: &Sources, source: &Source) -> Result<Asked, String> {
    let (path, line, column) = parse(asked)?;
    let path = path.trim_start_matches("./");
    let files = sources.files();
    let Some(at) = files.iter().position(|it| it.path == path) else {
        let known = || files.iter().map(|it| it.path.as_str());
        let environment = &source.environment;
        let hint = spelling::hint(path, known(), || format!("it reads {}", name_list(known())));
        return Err(format!("`{environment}` reads no file `{path}`; {hint}"));
    };
    let file = &files[at];
    let text = file.text.lines().nth(line - 1);
    let Some(text) = text.map(str::trim) else {
        return Err(format!("`{path}` has {} lines", file.text.lines().count()));
    };
    let nothing = match text {
        "" => Some("the line is empty"),
        _ if text.starts_with('#') => Some("the line is a comment"),
        _ => None,
    };
    let id = sources.file_ids().nth(at);
    let id = id.expect("the file was just found");
    let found = match nothing {
        Some(_) => Vec::new(),
        None => standing(sources, id, file, line, column),
    };
    let effective = Effective::of(source);
    let stated = found.into_iter().map(|origin| Stated {
        origin,
        state: effective.state(sources, origin),
    });
    let stated: Vec<_> = stated.collect();
    Ok(Asked {
        name: asked.to_owned(),
        nothing: nothing.or_else(|| stated.is_empty().then_some("no value stands there")),
        stated,
        line: Some((id, line)),
    })
}

/// What a key of the spec states, with all keys below it.
///
/// # Errors
/// When there is no such key.
pub fn of_key(asked: &str, sources: &Sources, source: &Source) -> Result<Asked, String> {
    let wanted = steps(asked);
    let effective = Effective::of(source);
    let mut stated = Vec::new();
    let mut known = Vec::new();
    for origin in sources.ids() {
        let Some(path) = sources.path(origin) else {
            continue;
        };
        if !steps(path).starts_with(&wanted) {
            known.push(path);
            continue;
        }
        let state = effective.state(sources, origin);
        if matches!(state, State::Effective) {
            stated.push(Stated { origin, state });
        }
    }
    if stated.is_empty() {
        let environment = &source.environment;
        return Err(match did_you_mean(asked, known) {
            Some(meant) => {
                format!("`{environment}` says nothing of `{asked}`; did you mean `{meant}`?")
            }
            None => format!(
                "`{environment}` has no key `{asked}`; an object is written KIND/NAMESPACE/NAME"
            ),
        });
    }
    Ok(Asked {
        name: asked.to_owned(),
        stated,
        nothing: None,
        line: None,
    })
}

/// What the values that somebody asks about make.
#[must_use]
pub fn influence<'a>(
    asked: &Asked,
    compilation: &'a Compilation,
    subjects: &'a [Subject<'a>],
) -> Influence<'a> {
    let ids: BTreeSet<_> = asked.stated.iter().map(|it| it.origin).collect();
    let has = |origins: &Origins| origins.iter().any(|it| ids.contains(&it));
    let sources = &compilation.sources;
    let is_about = |at: &At| match at {
        At::Value(origin) | At::Key(origin) => ids.contains(origin),
        At::Place(place) => asked.line == Some((place.file, sources.line(place))),
    };
    let fields = subjects.iter().map(|subject| {
        let all = fields(subject.node).into_iter();
        (
            subject,
            all.filter(|it| has(it.origins)).collect::<Vec<_>>(),
        )
    });
    let diagnostics = compilation.diagnostics.iter();
    let prerequisites = compilation.graph.prerequisites.iter();
    Influence {
        objects: subjects.iter().filter(|it| has(it.origins)).collect(),
        fields: fields.filter(|(_, it)| !it.is_empty()).collect(),
        diagnostics: diagnostics
            .filter(|it| it.labels.iter().any(|label| is_about(&label.at)))
            .collect(),
        prerequisites: prerequisites.filter(|it| has(&it.origins)).collect(),
    }
}

/// `FILE:LINE` or `FILE:LINE:COLUMN`.
fn parse(asked: &str) -> Result<(&str, usize, Option<usize>), String> {
    let number = |text: &str| text.parse::<usize>().ok().filter(|it| *it > 0);
    let parsed = asked.rsplit_once(':').and_then(|(before, last)| {
        let last = number(last)?;
        match before.rsplit_once(':') {
            Some((path, line)) if number(line).is_some() => Some((path, number(line)?, Some(last))),
            _ => Some((before, last, None)),
        }
    });
    parsed.ok_or_else(|| {
        format!("`{asked}` is not a line; one is written `environments/NAME.toml:12`")
    })
}

/// The values that begin in a line, else the smallest within which it lies; of a column, the smallest around it.
/// With all that is inside of them.
fn standing(
    sources: &Sources,
    id: FileId,
    file: &File,
    line: usize,
    column: Option<usize>,
) -> Vec<OriginId> {
    let all = sources
        .ids()
        .filter_map(|it| Some((it, whole(sources, it)?)));
    let all: Vec<_> = all.filter(|(_, place)| place.file == id).collect();
    let first = |place: &Place| file.line(place.span.start).0;
    let last = |place: &Place| file.line(place.span.end - 1).0;
    let is_around = |place: &Place| match column {
        Some(column) => {
            let end = place.span.end..place.span.end;
            let end = sources.line_column(&Place {
                file: id,
                span: end,
            });
            sources.line_column(place) <= (line, column) && (line, column) < end
        }
        None => first(place) <= line && line <= last(place),
    };
    let around = || all.iter().filter(|(_, place)| is_around(place));
    let begins = |place: &Place| column.is_none() && first(place) == line;
    let mut chosen: Vec<_> = around().filter(|(_, place)| begins(place)).collect();
    if chosen.is_empty() {
        chosen.extend(around().min_by_key(|(_, place)| place.span.len()));
    }
    let is_inside = |place: &Place| {
        let mut outer = chosen.iter().map(|(_, outer)| &outer.span);
        outer.any(|it| it.start <= place.span.start && place.span.end <= it.end)
    };
    all.iter()
        .filter(|(_, place)| is_inside(place))
        .map(|(id, _)| *id)
        .collect()
}

/// Where a value with its key stands; a table with a header, at the last key of that.
fn whole(sources: &Sources, id: OriginId) -> Option<Place> {
    let (key, value) = match sources.origin(id) {
        Origin::Spec { key, value, .. } | Origin::Manifest { key, value } => (key, value),
        Origin::Default { .. } | Origin::Computed(_) => return None,
    };
    let start = key.as_ref().unwrap_or(value);
    // The root of a document has no text of its own, and the tables on the way in a header are not what it is about.
    let text = &sources.file(start.file).text;
    let is_way = key.as_ref() == Some(value) && text[value.span.end..].starts_with('.');
    (!start.span.is_empty() && !is_way).then_some(Place {
        file: start.file,
        span: start.span.start..value.span.end.max(start.span.end),
    })
}

/// Which values are those of the environment.
struct Effective<'a> {
    source: &'a Source,
    ids: BTreeSet<OriginId>,
}

impl<'a> Effective<'a> {
    fn of(source: &'a Source) -> Self {
        let mut ids = BTreeSet::new();
        collect_origins(&source.root, &mut ids);
        Self { source, ids }
    }

    fn state(&self, sources: &Sources, id: OriginId) -> State {
        let Origin::Spec { path, .. } = sources.origin(id) else {
            return State::Effective;
        };
        let keys = steps(path);
        let first = keys.first().map(String::as_str);
        if matches!(first, Some("extends" | "remove")) {
            return State::Inherits;
        }
        if self.ids.contains(&id) {
            return State::Effective;
        }
        let (mut node, mut is_there) = (&self.source.root, true);
        for key in &keys {
            let inner = match key.parse::<usize>() {
                Ok(index) if !node.items().is_empty() => node.items().get(index),
                _ => node.get(key),
            };
            is_there = inner.is_some();
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        let removal = Self::removal(sources, &keys).filter(|_| !is_there);
        let instead = node.origins.first().map(State::Overridden);
        removal
            .map(State::Removed)
            .or(instead)
            .unwrap_or(State::Effective)
    }

    /// What takes a key out, or a table around it.
    fn removal(sources: &Sources, keys: &[String]) -> Option<OriginId> {
        let mut removals = sources.ids().filter(|id| match sources.origin(*id) {
            Origin::Spec { path, .. } => path.starts_with("remove["),
            _ => false,
        });
        removals.find(|id| {
            let place = sources.place(*id).expect("it stands in a spec");
            let text = &sources.file(place.file).text[place.span.clone()];
            keys.starts_with(&steps(text.trim_matches(['"', '\''])))
        })
    }
}
