//! Lines inside of brackets and quotes that stand no further right than the key before these.

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

/// What the parser says of a text in quotes that goes on in such a line; it points at the first quote.
const CAUSE_IN_QUOTES: &str = "invalid indentation in quoted scalar";

/// Stands for a line break inside of quotes, where the parser would not take one: a character that no YAML holds.
pub(super) const BREAK: char = '\u{1f}';

/// Whether the parser stopped because of a line inside of quotes.
pub(super) fn is_cause_in_quotes(error: &ScanError) -> bool {
    error.info() == CAUSE_IN_QUOTES
}

/// Joins the lines of a text in quotes, and says whether there were any. A line break that is escaped stays one.
pub(super) fn join_quoted(body: &mut String, quote: usize) -> bool {
    let mut letters = body[quote..].char_indices().peekable();
    let Some((_, first @ ('"' | '\''))) = letters.next() else {
        return false;
    };
    skip_quoted(first, &mut letters);
    let end = letters.peek().map_or(body.len(), |(at, _)| quote + at);
    let text = &body[quote..end];
    if text.contains("\n---") || text.contains("\n...") || text.contains("\\\n") {
        return false;
    }
    let joined = text.replace('\n', BREAK.encode_utf8(&mut [0]));
    let is_other = joined != text;
    body.replace_range(quote..end, &joined);
    is_other
}

/// What a text in quotes says whose lines were joined: one break is a space, each further one is a break.
pub(super) fn fold(text: &str) -> String {
    let blank = [' ', '\t', '\r'];
    let count = text.matches(BREAK).count();
    let mut folded = String::new();
    let mut breaks = 0;
    for (index, line) in text.split(BREAK).enumerate() {
        let line = if index == 0 {
            line
        } else {
            line.trim_start_matches(blank)
        };
        let line = if index == count {
            line
        } else {
            line.trim_end_matches(blank)
        };
        if index > 0 {
            breaks += 1;
        }
        if breaks > 0 && (!line.is_empty() || index == count) {
            match breaks {
                1 => folded.push(' '),
                more => folded.extend(std::iter::repeat_n('\n', more - 1)),
            }
            breaks = 0;
        }
        folded.push_str(line);
    }
    folded
}

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
