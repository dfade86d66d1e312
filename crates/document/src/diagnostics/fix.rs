//! A change of a spec that fixes it for certain.

use std::ops::Range;

use crate::document::{Origin, OriginId, Place, Sources};

/// What to do about a fault, and how, when that is certain.
#[derive(Clone, Debug)]
pub struct Fix {
    /// What it does, as a hint.
    pub what: String,
    change: Change,
}

/// A text to put in the place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub place: Place,
    /// What comes.
    pub replacement: String,
}

#[derive(Clone, Debug)]
enum Change {
    Rename {
        entry: OriginId,
        from: String,
        to: String,
    },
    Replace {
        entry: OriginId,
        from: String,
        to: String,
    },
    Remove {
        entry: OriginId,
        /// The key that it must have.
        key: Option<String>,
    },
}

impl Fix {
    /// Renames the key of an entry, if that is what its key is.
    pub fn rename(
        what: impl Into<String>,
        entry: OriginId,
        from: impl Into<String>,
        to: impl Into<String>,
    ) -> Self {
        let (from, to) = (from.into(), to.into());
        Self {
            what: what.into(),
            change: Change::Rename { entry, from, to },
        }
    }

    /// Puts a text in the place of another as the value of an entry, if that is what its value is.
    pub fn replace(
        what: impl Into<String>,
        entry: OriginId,
        from: impl Into<String>,
        to: impl Into<String>,
    ) -> Self {
        let (from, to) = (from.into(), to.into());
        Self {
            what: what.into(),
            change: Change::Replace { entry, from, to },
        }
    }

    /// Removes an entry of a table, or a table with its header.
    pub fn remove(what: impl Into<String>, entry: OriginId) -> Self {
        Self {
            what: what.into(),
            change: Change::Remove { entry, key: None },
        }
    }

    /// Removes an entry of a table, if that is what its key is.
    pub fn remove_key(what: impl Into<String>, entry: OriginId, key: impl Into<String>) -> Self {
        let key = Some(key.into());
        Self {
            what: what.into(),
            change: Change::Remove { entry, key },
        }
    }

    /// The edits; none when the entry is in no spec, or is written so that the change would touch more
    /// than it.
    #[must_use]
    pub fn edits(&self, sources: &Sources) -> Vec<Edit> {
        let edit = match &self.change {
            Change::Rename { entry, from, to } => rename(sources, *entry, from, to),
            Change::Replace { entry, from, to } => replace(sources, *entry, from, to),
            Change::Remove { entry, key } => remove(sources, *entry, key.as_deref()),
        };
        edit.into_iter().collect()
    }
}

/// Key, value and text of the file of an entry of a spec.
fn entry(sources: &Sources, id: OriginId) -> Option<(&Place, &Place, &str)> {
    match sources.origin(id) {
        Origin::Spec {
            key: Some(key),
            value,
            ..
        } => Some((key, value, &sources.file(key.file).text)),
        _ => None,
    }
}

fn rename(sources: &Sources, id: OriginId, from: &str, to: &str) -> Option<Edit> {
    let (key, _, text) = entry(sources, id)?;
    let written = &text[key.span.clone()];
    // A header may name the table in several places, a value may have been made of another key.
    let is_entry = text[key.span.end..]
        .trim_start_matches([' ', '\t'])
        .starts_with('=');
    let is_it = written == from || unquoted(written) == Some(from);
    (is_entry && is_it).then(|| Edit {
        place: key.clone(),
        replacement: if written.starts_with(['"', '\'']) || !is_bare(to) {
            quoted(to)
        } else {
            to.to_owned()
        },
    })
}

fn replace(sources: &Sources, id: OriginId, from: &str, to: &str) -> Option<Edit> {
    let (key, place, text) = entry(sources, id)?;
    // The property may have been made of a value that says something else.
    let is_it = unquoted(&text[place.span.clone()]) == Some(from);
    (key != place && is_it).then(|| Edit {
        place: place.clone(),
        replacement: quoted(to),
    })
}

fn remove(sources: &Sources, id: OriginId, name: Option<&str>) -> Option<Edit> {
    let (key, value, text) = entry(sources, id)?;
    let written = &text[key.span.clone()];
    if name.is_some_and(|it| written != it && unquoted(written) != Some(it)) {
        return None;
    }
    let span = if key == value {
        table(sources, id)?
    } else {
        pair(text, key.span.start, value.span.end)?
    };
    Some(Edit {
        place: Place {
            file: key.file,
            span,
        },
        replacement: String::new(),
    })
}

/// The lines of `key = value`, or with its comma the entry of an inline table.
fn pair(text: &str, start: usize, end: usize) -> Option<Range<usize>> {
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let before = &text[line_start..start];
    let rest = &text[end..];
    let after = rest.trim_start_matches([' ', '\t']);
    if before.trim().is_empty() && (after.is_empty() || after.starts_with(['\n', '\r', '#'])) {
        let line_end = rest.find('\n').map_or(text.len(), |at| end + at + 1);
        return Some(line_start..line_end);
    }
    let before = text[..start].trim_end_matches([' ', '\t']);
    let after_at = text.len() - after.len();
    if let Some(after) = after.strip_prefix(',') {
        let next = after.trim_start_matches([' ', '\t']);
        let is_first = before.ends_with(['{', ',']);
        return is_first.then(|| start..text.len() - next.len());
    }
    // The last entry goes with the comma before it.
    let is_last = after.starts_with('}');
    match before.strip_suffix(',') {
        Some(before) if is_last => Some(before.trim_end_matches([' ', '\t']).len()..end),
        None if is_last && before.ends_with('{') => Some(before.len()..after_at),
        _ => None,
    }
}

/// The lines of a table with a header, when nothing else stands among them.
fn table(sources: &Sources, id: OriginId) -> Option<Range<usize>> {
    let (key, _, text) = entry(sources, id)?;
    let path = sources.path(id)?;
    let header = text[..key.span.start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[header..].lines().next()?.trim();
    let closes = text[key.span.end..]
        .trim_start_matches([' ', '\t'])
        .starts_with(']');
    if !line.starts_with('[') || !closes {
        return None;
    }
    let is_inside = |it: &str, path: &str| {
        let rest = it.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let mut last = key.span.end;
    let mut others = Vec::new();
    for (it, place) in sources.spec_places(key.file) {
        if is_inside(it, path) {
            if place.span.start < header {
                return None;
            }
            last = last.max(place.span.end);
        // A table around this one may have no header but this.
        } else if !it.is_empty() && !is_inside(path, it) {
            others.push(place.span.start);
        }
    }
    let end = text[last..]
        .find('\n')
        .map_or(text.len(), |at| last + at + 1);
    // The empty line between this table and the next one goes too.
    let rest = &text[end..];
    let blank = rest
        .strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix('\n'))
        .map_or(end, |rest| text.len() - rest.len());
    let mut span = header..blank;
    // At the end of a file it is the one in front.
    if span.end == text.len() {
        let before = text[..header].trim_end_matches(['\n', '\r']);
        let after = &text[before.len()..header];
        let kept = after.find('\n').map_or(header, |at| before.len() + at + 1);
        span.start = kept;
    }
    let is_alone = !others.iter().any(|at| span.contains(at));
    is_alone.then_some(span)
}

fn is_bare(key: &str) -> bool {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !key.is_empty() && key.bytes().all(is_bare)
}

/// A basic string of TOML. What JSON escapes, TOML reads alike; it wants one letter escaped more.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{7f}', "\\u007f")
}

fn unquoted(written: &str) -> Option<&str> {
    let quote = written
        .chars()
        .next()
        .filter(|it| matches!(it, '"' | '\''))?;
    written.strip_prefix(quote)?.strip_suffix(quote)
}
