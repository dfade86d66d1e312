//! Lines inside of brackets that stand no further right than the key before these.

use saphyr_parser::ScanError;

use super::Reader;
use crate::{
    diagnostics::{At, Diagnostic, codes},
    document::{FileId, Place},
};

/// How many bytes of a file are read again for the sake of lines inside of brackets.
pub(super) const MOST_READ_AGAIN: usize = 1 << 20;

/// What the parser says of such lines; the second of a plain scalar behind another one.
///
/// Its errors have no kinds, only a place and a text, and at the same place something else could be wrong.
/// `tests/yaml.rs` fails when it words them in another way.
const CAUSES: [&str; 2] = [
    "invalid indentation",
    "invalid indentation in flow construct",
];

/// Whether the parser stopped because of the indentation of a line.
pub(super) fn is_cause(error: &ScanError) -> bool {
    CAUSES.contains(&error.info())
}

/// Whether joining the lines of a bracket moves what stands behind the text up to there. Inside of brackets the
/// parser wants lines further right than their key, and no reader that Kubernetes has does; joined, they
/// say the same.
pub(super) fn is_joinable(before: &str, bracket: usize) -> bool {
    let end = before.trim_end().len();
    breaks_in_bracket(before, bracket).any(|it| it >= end)
}

/// Joins the lines of a bracket, wherever that changes no value.
pub(super) fn join_lines(body: &mut String, bracket: usize) {
    let breaks: Vec<_> = breaks_in_bracket(body, bracket).collect();
    for at in breaks {
        body.replace_range(at..=at, " ");
    }
}

/// The ends of the lines between the values of a bracket, up to the one that closes it. A line break in a
/// text is part of it, and one behind a comment ends that.
fn breaks_in_bracket(body: &str, bracket: usize) -> impl Iterator<Item = usize> {
    let mut letters = body[bracket..].char_indices().peekable();
    let mut depth = 0;
    // Whether a value could begin here, so that a quote is one.
    let mut is_between = true;
    let mut before = ' ';
    std::iter::from_fn(move || {
        while let Some((at, letter)) = letters.next() {
            let last = std::mem::replace(&mut before, letter);
            match letter {
                '[' | '{' => (depth, is_between) = (depth + 1, true),
                ']' | '}' => (depth, is_between) = (depth - 1, true),
                ',' => is_between = true,
                ':' if letters.peek().is_none_or(|(_, next)| next.is_whitespace()) => {
                    is_between = true;
                }
                '#' if last.is_whitespace() => {
                    while letters.next_if(|(_, it)| !is_break(*it)).is_some() {}
                    // The comment's own line break stays.
                    letters.next();
                    is_between = true;
                }
                '\'' | '"' if is_between => {
                    skip_quoted(letter, &mut letters);
                }
                _ if is_break(letter) => {
                    let rest = &body[bracket + at + 1..];
                    // A bracket that nobody closes ends with its document.
                    if rest.starts_with("---") {
                        return None;
                    }
                    is_between = is_between || rest.trim_start().starts_with([',', ']', '}']);
                    if is_between {
                        return Some(bracket + at);
                    }
                    // A plain scalar goes on in the next line.
                    while letters.next_if(|(_, it)| it.is_whitespace()).is_some() {}
                }
                ' ' | '\t' => {}
                _ => is_between = false,
            }
            if depth == 0 {
                return None;
            }
        }
        None
    })
}

const fn is_break(letter: char) -> bool {
    matches!(letter, '\n' | '\r')
}

/// Goes behind the quote that ends a text.
fn skip_quoted(quote: char, letters: &mut std::iter::Peekable<std::str::CharIndices<'_>>) {
    while let Some((_, letter)) = letters.next() {
        if letter == '\\' && quote == '"' {
            letters.next();
        // A single quote inside is written twice.
        } else if letter == quote
            && (quote == '"' || letters.next_if(|(_, next)| *next == quote).is_none())
        {
            return;
        }
    }
}

pub(super) fn too_many(file: FileId, at: usize) -> Diagnostic {
    let title = "too many brackets hold lines that stand no further right than their key";
    let place = At::Place(Place { file, span: at..at });
    Diagnostic::error(codes::MANIFEST, title)
        .at(place, "")
        .note(format!(
            "for each of them kiln reads the document again, and no more than {} MiB in all",
            MOST_READ_AGAIN >> 20
        ))
        .hint("indent the lines inside of brackets further than the key before them")
}

impl Reader<'_, '_> {
    /// Where the outermost bracket starts that is open where the parser stopped. The parser may know it
    /// already and not yet have told.
    pub(super) fn open_bracket(&self) -> Option<usize> {
        self.bracket.or_else(|| {
            let mut lines = self.input.text[self.end..self.at].split_inclusive('\n');
            let mut start = self.end;
            lines.find_map(|line| {
                let code = line.split(" #").next().unwrap_or(line);
                let at = code
                    .find(['[', '{'])
                    .filter(|_| !code.trim_start().starts_with('#'));
                start += line.len();
                at.map(|at| start - line.len() + at)
            })
        })
    }
}
