//! Credentials in texts of any grammar that sets names to values: properties, INI, YAML, JSON, XML, TOML, command
//! lines, URLs, and code.

use std::ops::Range;

use super::{
    Credential, Naming,
    name::{self, Kind},
    shape, value,
};

/// The longest name that is read.
const LONGEST_NAME: usize = 200;

/// The credentials of a text, in the order in which they begin.
#[must_use]
pub fn find(text: &str) -> Vec<Credential> {
    let mut found = Vec::new();
    if is_plain_word(text) {
        return found;
    }
    assignments(text, &mut found);
    options(text, &mut found);
    lines_of_spark(text, &mut found);
    shape::find(text, &mut found);
    found.sort_by_key(|it| (it.span.start, it.span.end));
    found
}

/// Whether a text sets nothing and is shorter than anything with a shape, as most texts of objects are.
fn is_plain_word(text: &str) -> bool {
    text.len() < 16 && text.bytes().all(is_of_name)
}

/// What is set with `=`, `:` or an element of XML.
fn assignments(text: &str, found: &mut Vec<Credential>) {
    // `name: X` and `value: Y`, as lists of variables and Hadoop's files have it.
    let mut called: Option<&str> = None;
    let mut end = 0;
    let mut lines = Lines::of(text);
    for (at, sign) in text.match_indices(['=', ':', '>']) {
        // What stands in a value that was read sets nothing.
        let Some(span) = (at >= end).then(|| name_before(text, at)).flatten() else {
            continue;
        };
        let name = &text[span.clone()];
        let is_of_pair = ["name", "value"].contains(&name);
        let is_known = is_of_pair || name::kind(name, Naming::of(name)).is_some();
        if lines.is_comment(at) || !is_known {
            continue;
        }
        let Some(value) = value_after(text, at, sign, &span) else {
            continue;
        };
        end = value.end;
        match name {
            "name" => called = Some(&text[value]),
            "value" => {
                if let Some(called) = called.take() {
                    push(called, text, value, found);
                }
            }
            _ => push(name, text, value, found),
        }
    }
}

/// Tells of places, from the first to the last, whether they are in a line that is a comment: what stands there
/// is an example more often than not, unless its shape says otherwise.
struct Lines<'t> {
    text: &'t str,
    seen: usize,
    is_comment: bool,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            text,
            seen: 0,
            is_comment: is_comment(text),
        }
    }

    fn is_comment(&mut self, at: usize) -> bool {
        if let Some(end) = self.text[self.seen..at].rfind('\n') {
            self.is_comment = is_comment(&self.text[self.seen + end + 1..]);
        }
        self.seen = at;
        self.is_comment
    }
}

/// Whether a text begins with a comment. Lines of npm's files may begin with two slashes and no blank.
fn is_comment(text: &str) -> bool {
    let text = text.trim_start_matches([' ', '\t']);
    text.starts_with(['#', ';']) || text.starts_with("// ")
}

/// The options of a command line whose value is the next word: `--password X`, also in lists.
fn options(text: &str, found: &mut Vec<Credential>) {
    let mut lines = Lines::of(text);
    for (at, _) in text.match_indices("--") {
        let before = &text[..at];
        let starts =
            before.is_empty() || before.ends_with([' ', '\t', '\n', '"', '\'', ',', '[', '`']);
        let length = if starts && !lines.is_comment(at) {
            length_of_name(&text[at + 2..])
        } else {
            0
        };
        let end_of_name = at + 2 + length;
        let next = (length > 0).then(|| next_word(text, end_of_name)).flatten();
        let Some(start) = next else {
            continue;
        };
        let span = start..end_of_word(text, start);
        // A sentence may tell of an option.
        let gap = &text[end_of_name..start];
        let is_of_sentence =
            |it: &str| it.len() < 6 && it.bytes().all(|it| it.is_ascii_lowercase());
        if gap.contains(['"', '\'', ',', '\n']) || !is_of_sentence(&text[span.clone()]) {
            push(&text[at..end_of_name], text, span, found);
        }
    }
}

/// Where the word after an option begins: the next one of a command, or the next item of a list.
fn next_word(text: &str, at: usize) -> Option<usize> {
    const BETWEEN: [char; 6] = [' ', '\t', '\n', '"', '\'', ','];
    let rest = text[at..].trim_start_matches(BETWEEN);
    let gap = &text[at..text.len() - rest.len()];
    let item = rest.strip_prefix("- ").filter(|_| gap.contains('\n'));
    let rest = item.map_or(rest, |it| it.trim_start_matches(BETWEEN));
    let is_apart = gap.contains([' ', '\t', '\n', ',']);
    let start = text.len() - rest.len();
    // In a list the option and its value are both in quotes; a function's other arguments are not.
    let is_item = !gap.starts_with(['"', '\'']) || text[..start].ends_with(['"', '\'']);
    (is_apart && is_item && !rest.starts_with('-')).then_some(start)
}

/// Spark's properties may stand apart from their values by blanks alone.
fn lines_of_spark(text: &str, found: &mut Vec<Credential>) {
    for (at, _) in text.match_indices("spark.") {
        let before = text[..at].trim_end_matches([' ', '\t']);
        if !before.is_empty() && !before.ends_with('\n') {
            continue;
        }
        let name = &text[at..at + length_of_name(&text[at..])];
        let start = at + name.len();
        let line = text[start..].lines().next().unwrap_or_default();
        let written = line.trim();
        let is_apart = line.starts_with([' ', '\t']) && !written.starts_with(['=', ':']);
        // Several words are a sentence.
        let is_word = is_apart && !written.contains([' ', '\t']);
        let span = trimmed(text, start..start + line.len());
        if let Some(span) = span.filter(|_| is_word) {
            push(name, text, span, found);
        }
    }
}

fn push(name: &str, text: &str, span: Range<usize>, found: &mut Vec<Credential>) {
    let written = &text[span.clone()];
    let kind = name::kind(name, Naming::of(name));
    let is_it = |kind| value::is_written(written, kind) && !is_expression(name, written, kind);
    if kind.is_some_and(is_it) {
        let what = name.strip_prefix("-D").unwrap_or(name);
        found.push(Credential {
            what: format!("`{}`", what.trim_start_matches('-')),
            span,
        });
    }
}

/// Whether a value is code that gets the credential, such as `args.password` or `password`.
fn is_expression(name: &str, value: &str, kind: Kind) -> bool {
    let is_path = value
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'.');
    let is_named = is_path
        && (value.contains(['.', '_']) || name == value)
        && name::kind(value, Naming::Field) >= Some(kind.min(Kind::Key));
    is_named || value.contains(['(', '[', '{'])
}

/// The name that stands before a sign, within its quotes.
fn name_before(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text[..at].trim_end_matches([' ', '\t']);
    let before = before.trim_end_matches(['"', '\'', '\\']);
    let letters = before.bytes().rev().take(LONGEST_NAME);
    let length = letters.take_while(|it| is_of_name(*it)).count();
    (length > 0).then(|| before.len() - length..before.len())
}

/// The length of the name with which a text begins.
fn length_of_name(text: &str) -> usize {
    text.bytes()
        .take(LONGEST_NAME)
        .take_while(|it| is_of_name(*it))
        .count()
}

const fn is_of_name(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, b'.' | b'_' | b'-' | b'/')
}

/// The value that stands behind a sign, within its quotes; none where the sign sets nothing.
fn value_after(text: &str, at: usize, sign: &str, name: &Range<usize>) -> Option<Range<usize>> {
    let after = at + sign.len();
    let before = text[..name.start].trim_end_matches(['"', '\'', '\\']);
    let rest = &text[after..];
    match sign {
        // An element of XML.
        ">" => {
            if !before.ends_with('<') || name.end != at {
                return None;
            }
            return trimmed(text, after..after + rest.find('<')?);
        }
        ":" => {
            let before = before.trim_end_matches([' ', '\t']);
            let starts =
                before.is_empty() || before.ends_with(['\n', '{', ',', '-', '[', ';', '?']);
            if !starts || rest.starts_with(['/', ':', '=']) {
                return None;
            }
        }
        _ if rest.starts_with(['=', '>', '~']) => return None,
        _ => {}
    }
    let rest = rest.trim_start_matches([' ', '\t']);
    let bare = rest.trim_start_matches('\\');
    if let Some(quote) = bare.chars().next().filter(|it| matches!(it, '"' | '\'')) {
        let start = text.len() - bare.len() + 1;
        let end = text[start..].find([quote, '\n']);
        return trimmed(text, start..end.map_or(text.len(), |it| start + it));
    }
    if rest.starts_with(['{', '[', '(', '<', '|', '>', '&', '*', '!', '$']) && is_structure(rest) {
        return None;
    }
    let start = text.len() - rest.len();
    let end = end_of_word(text, start);
    // Several words behind a colon are a sentence.
    let blanks = |it: char| it.is_whitespace() && it != '\n';
    let next = text[end..].trim_start_matches(blanks).chars().next();
    let is_sentence = next.is_some_and(|it| !"\n,}];#".contains(it));
    if sign == ":" && is_sentence {
        return None;
    }
    trimmed(text, start..end)
}

/// Whether what begins here is no word, but a table, a reference or the head of a block.
fn is_structure(text: &str) -> bool {
    !text.starts_with('$') || text.starts_with("${") || text.starts_with("$(")
}

/// Where a word without quotes ends.
fn end_of_word(text: &str, start: usize) -> usize {
    let ends = |it: char| it.is_whitespace() || "\"';&<>)},]".contains(it);
    text[start..].find(ends).map_or(text.len(), |it| start + it)
}

/// The span without blanks and backslashes at its ends, when anything is left.
fn trimmed(text: &str, span: Range<usize>) -> Option<Range<usize>> {
    let inner = text.get(span.clone())?;
    let start = span.start + inner.len() - inner.trim_start().len();
    let length = inner.trim().trim_end_matches('\\').len();
    (length > 0).then_some(start..start + length)
}
