//! Credentials in texts of any grammar that sets names to values: properties, INI, YAML, JSON, XML, TOML, command
//! lines, URLs, and code.

use std::ops::Range;

use super::{
    Credential, Naming,
    name::{self, Kind},
    plain::Plain,
    reference::References,
    shape,
    url::outside,
    value,
};

/// The longest name that is read, and how far an end is looked for that may be missing.
const LONGEST: usize = 200;

/// The credentials of a text, in the order in which they begin.
#[must_use]
pub fn find(text: &str) -> Vec<Credential> {
    let mut found = Vec::new();
    if is_plain_word(text) {
        return found;
    }
    let plain = Plain::of(text);
    let reader = Reader {
        text: &plain.text,
        references: References::of(&plain.text),
    };
    reader.assignments(&mut found);
    reader.options(&mut found);
    reader.lines_of_spark(&mut found);
    shape::find(reader.text, &reader.references, &mut found);
    for it in &mut found {
        it.span = plain.original(&it.span);
    }
    found.sort_by_key(|it| (it.span.start, it.span.end));
    found.dedup();
    found
}

/// Whether a text sets nothing and is shorter than anything with a shape, as most texts of objects are.
fn is_plain_word(text: &str) -> bool {
    text.len() < 16 && text.bytes().all(is_of_name)
}

/// What may be set, and how.
struct Setting<'t> {
    name: &'t str,
    naming: Naming,
    /// Where its value stands.
    span: Range<usize>,
    /// Whether the value has no quotes, so that it may be code.
    is_bare: bool,
    /// Whether the name stands apart from its sign, as in code and TOML, whose names may be those of objects.
    is_apart: bool,
    /// Whether it stands in a comment, where words are an example more often than not.
    is_comment: bool,
}

/// A text that is searched, with what is a reference in it.
struct Reader<'t> {
    text: &'t str,
    references: References,
}

impl Reader<'_> {
    /// What is set with `=`, `:`, an element of XML, or a call of a function.
    fn assignments(&self, found: &mut Vec<Credential>) {
        let text = self.text;
        let mut pair = Pair::default();
        let mut end = 0;
        let mut lines = Lines::of(text);
        for (at, sign) in text.match_indices(['=', ':', '>', ',']) {
            // What stands in a value that was read sets nothing.
            let Some(span) = (at >= end).then(|| name_before(text, at, sign)).flatten() else {
                continue;
            };
            let name = &text[span.clone()];
            let before = text[..span.start].trim_end_matches(['"', '\'', '\\']);
            let before = before.trim_end_matches([' ', '\t']);
            let is_of_pair = ["name", "value"].contains(&name) || name == "key" && sign == "=";
            if is_of_pair && before.ends_with(['-', '{']) || sign == ">" && name == "property" {
                pair = Pair::default();
            }
            let naming = naming(text, &span, sign);
            if !is_of_pair && name::kind(name, naming).is_none() {
                continue;
            }
            let is_comment = lines.is_comment(at);
            if is_comment && is_of_pair {
                continue;
            }
            let values = self.values(at, sign, &span);
            if let Some(last) = values.last() {
                end = last.end;
            }
            for value in values {
                let is_bare = !text[..value.start].ends_with(['"', '\'']);
                // An item of Python's, which is set to what code gives.
                if is_bare
                    && text[span.end..at].starts_with(['"', '\''])
                    && text[..at].trim_end().ends_with(']')
                {
                    continue;
                }
                let setting = match name {
                    "name" | "key" if is_of_pair => pair.named(&text[value]),
                    "value" => pair.valued(value),
                    _ => Some((name, value)),
                };
                if let Some((name, span)) = setting {
                    let naming = if is_of_pair { Naming::Setting } else { naming };
                    self.push(
                        Setting {
                            name,
                            naming,
                            span,
                            is_bare,
                            is_apart: sign == "=" && text[..at].ends_with(' '),
                            is_comment,
                        },
                        found,
                    );
                }
            }
        }
    }

    /// The options of a command line whose value is the next word: `--password X`, also in lists.
    fn options(&self, found: &mut Vec<Credential>) {
        let text = self.text;
        let mut lines = Lines::of(text);
        for (at, _) in text.match_indices('-') {
            let before = &text[..at];
            let starts =
                before.is_empty() || before.ends_with([' ', '\t', '\n', '"', '\'', ',', '[', '`']);
            if !starts {
                continue;
            }
            let dashes = if text[at..].starts_with("--") { 2 } else { 1 };
            let end_of_name = at + dashes + length_of_name(&text[at + dashes..]);
            let name = &text[at..end_of_name];
            // Java's tools have one dash before words.
            let kind = name::kind(name, Naming::Setting);
            if kind.is_none() || dashes == 1 && kind != Some(Kind::Password) {
                continue;
            }
            // Databricks' name of a key that its scope keeps.
            if name == "--secret-key" && text.contains("--secret-scope") {
                continue;
            }
            let Some(start) = next_word(text, end_of_name) else {
                continue;
            };
            let span = start..self.end_of_word(start);
            // A sentence may tell of an option.
            let gap = &text[end_of_name..start];
            let is_of_sentence =
                |it: &str| it.len() < 6 && it.bytes().all(|it| it.is_ascii_lowercase());
            if gap.contains(['"', '\'', ',', '\n']) || !is_of_sentence(&text[span.clone()]) {
                let setting = Setting {
                    name,
                    naming: Naming::Setting,
                    span,
                    is_bare: true,
                    is_apart: false,
                    is_comment: lines.is_comment(at),
                };
                self.push(setting, found);
            }
        }
    }

    /// Spark's properties may stand apart from their values by blanks alone.
    fn lines_of_spark(&self, found: &mut Vec<Credential>) {
        let text = self.text;
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
                let naming = Naming::Setting;
                self.push(
                    Setting {
                        name,
                        naming,
                        span,
                        is_bare: true,
                        is_apart: false,
                        is_comment: false,
                    },
                    found,
                );
            }
        }
    }

    fn push(&self, setting: Setting<'_>, found: &mut Vec<Credential>) {
        let written = &self.text[setting.span.clone()];
        let Some(kind) = name::kind(setting.name, setting.naming) else {
            return;
        };
        if setting.is_comment && !value::is_random(written) {
            return;
        }
        if value::is_written(written, kind) && !self.is_expression(&setting, kind) {
            let what = setting.name.strip_prefix("-D").unwrap_or(setting.name);
            found.push(Credential {
                what: format!("`{}`", what.trim_start_matches('-')),
                span: setting.span,
            });
        }
    }

    /// Whether a value is code that gets the credential, such as `args.password` or `password`.
    fn is_expression(&self, setting: &Setting<'_>, kind: Kind) -> bool {
        let value = &self.text[setting.span.clone()];
        let length = length_of(value, |it| {
            it.is_ascii_alphanumeric() || b"_.".contains(&it)
        });
        let is_path = length == value.len();
        let name = setting.name.strip_prefix("self.").unwrap_or(setting.name);
        let is_field = Naming::of(name) == Naming::Field;
        let has_digits = value.bytes().any(|it| it.is_ascii_digit());
        let is_named = is_path
            && (setting.is_bare || !has_digits)
            && (value.contains(['.', '_']) || is_field && name.ends_with(value))
            && name::kind(value, Naming::Setting) >= Some(kind.min(Kind::Key));
        let is_of_words = value.len() < 4
            || value
                .bytes()
                .all(|it| it.is_ascii_alphabetic() || b" _.-".contains(&it));
        let is_weak = name::kind(name, Naming::Field) == Some(Kind::Name)
            || setting.is_bare && kind == Kind::Key;
        let may_be_name = (setting.is_bare || setting.is_apart) && is_field && is_weak;
        let is_short = setting.is_bare && setting.is_apart && is_field && value.len() < 4;
        if is_named || may_be_name && is_of_words || is_short {
            return true;
        }
        if !setting.is_bare || value.starts_with("ENC[") || value.starts_with("ENC(") {
            return false;
        }
        let closing = match value[length..]
            .trim_start_matches('!')
            .chars()
            .next()
            .filter(|_| length > 0)
        {
            Some('(') => ')',
            Some('[') => ']',
            Some('{') => '}',
            _ => return false,
        };
        let rest = &self.text[setting.span.start + length..];
        rest.chars().take(LONGEST).any(|it| it == closing)
    }

    /// The values that stand behind a sign, within their quotes; none where the sign sets nothing.
    fn values(&self, at: usize, sign: &str, name: &Range<usize>) -> Vec<Range<usize>> {
        let text = self.text;
        let after = at + sign.len();
        let before = text[..name.start].trim_end_matches(['"', '\'', '\\']);
        let rest = &text[after..];
        let is_sure = match sign {
            // An element of XML, or an arrow.
            ">" if text[..at].ends_with('-') => {
                text[name.end..].starts_with('"') && is_quoted(rest)
            }
            ">" => {
                let end = rest
                    .find('<')
                    .filter(|_| before.ends_with('<') && name.end == at);
                let span = end.and_then(|end| trimmed(text, after..after + end));
                return span.into_iter().collect();
            }
            ":" => {
                let before = before.trim_end_matches([' ', '\t']);
                let starts = before.is_empty()
                    || before.ends_with(['\n', '{', ',', '-', '[', ';', '?'])
                    || text[..name.start].ends_with(['"', '\'']) && rest.starts_with(' ')
                    || text[name.clone()].starts_with('-');
                // What the shell does where there is no such variable.
                let is_message = text[..name.start].ends_with("${") && rest.starts_with(['?', '+']);
                starts && !is_message && !rest.starts_with(['/', ':', '='])
            }
            "," => {
                let is_property = text[name.clone()].contains('.') && before.ends_with('(');
                (is_property || is_call_that_sets(before)) && is_quoted(rest)
            }
            _ => !rest.starts_with(['=', '>', '~']),
        };
        if !is_sure {
            return Vec::new();
        }
        let mut start = text.len() - rest.trim_start_matches([' ', '\t']).len();
        if sign == "," {
            start = text.len() - rest.trim_start().len();
        }
        if sign == "="
            && let Some(rest) = text[start..].strip_prefix('(')
            && is_quoted(rest)
        {
            start = text.len() - rest.trim_start().len();
        }
        // A header, in quotes of its own.
        let is_quoted_whole =
            !text[name.end..].starts_with(['"', '\'', '\\']) && before.len() < name.start;
        if sign == ":" && is_quoted_whole && is_quoted(&text[start..]) {
            return Vec::new();
        }
        if sign == ":" {
            match self.below(start, name) {
                Below::Nothing => {}
                Below::Value(at) => start = at,
                Below::Other => return Vec::new(),
            }
        }
        if text[start..].starts_with('[') {
            return self.items(start + 1);
        }
        self.value(start, sign).into_iter().collect()
    }

    /// The texts of a list.
    fn items(&self, start: usize) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = start;
        loop {
            let rest = self.text[at..].trim_start_matches([' ', '\t', '\n', '\r', ',']);
            let start = self.text.len() - rest.len();
            if !rest.starts_with(['"', '\'', '\\']) {
                return found;
            }
            let Some(item) = self.value(start, ",") else {
                return found;
            };
            let behind = self.text[item.end..].trim_start_matches([' ', '\t', '\\']);
            at = self.text.len() - behind.strip_prefix(['"', '\'']).unwrap_or(behind).len();
            found.push(item);
        }
    }

    fn value(&self, start: usize, sign: &str) -> Option<Range<usize>> {
        let text = self.text;
        let rest = &text[start..];
        // Letters before quotes say what kind of text it is, to Python.
        let letters = length_of(rest, |it| b"bfruBFRU".contains(&it));
        let is_prefix = letters <= 2 && rest[letters..].starts_with(['"', '\'']);
        let rest = if is_prefix { &rest[letters..] } else { rest };
        let bare = rest.trim_start_matches('\\');
        if let Some(quote) = bare.chars().next().filter(|it| matches!(it, '"' | '\'')) {
            if self.closes(start) {
                return None;
            }
            let is_long = bare.bytes().take(3).filter(|it| *it == quote as u8).count() == 3;
            let first = text.len() - bare.len() + if is_long { 3 } else { 1 };
            let end = self.end_of_quoted(first, quote, rest.len() - bare.len());
            return trimmed(text, first..end);
        }
        if rest.starts_with('<') && !rest.starts_with("<%") {
            return self.in_angles(start);
        }
        let is_structure = match sign {
            ":" => rest.starts_with(['(', '|', '>', '&', '*', '!']),
            _ => rest.starts_with(['(', '>', '&', '|']),
        };
        let sealed = rest.strip_prefix("{cipher}");
        if is_structure || rest.starts_with('{') && !rest.starts_with("{{") && sealed.is_none() {
            return None;
        }
        let end = self.end_of_word(text.len() - sealed.unwrap_or(rest).len());
        // Several words behind a colon are a sentence.
        let blanks = |it: char| it.is_whitespace() && it != '\n';
        let next = text[end..].trim_start_matches(blanks).chars().next();
        let is_sentence = next.is_some_and(|it| !"\n,}];#\"'".contains(it));
        if sign == ":" && is_sentence {
            return None;
        }
        trimmed(text, start..end)
    }

    /// Whether the quotes that stand here close a text of code, in which the name stands.
    fn closes(&self, at: usize) -> bool {
        let quote = self.text[at..].chars().next();
        let after = self.text[at + 1..].trim_start_matches(' ');
        let line = self.text[..at].bytes().rev().take(LONGEST);
        let line = line.take_while(|it| *it != b'\n');
        after.starts_with(['+', ',', ')', '%', '.', ';'])
            && line.filter(|it| quote == Some(char::from(*it))).count() % 2 == 1
    }

    /// A value in angle brackets, which may be a placeholder.
    fn in_angles(&self, start: usize) -> Option<Range<usize>> {
        let ends =
            |(_, it): &(usize, char)| it.is_whitespace() && *it != ' ' || "<>/\"'=".contains(*it);
        let (end, letter) = self.text[start + 1..]
            .char_indices()
            .take(LONGEST)
            .find(ends)?;
        (letter == '>').then_some(start..start + end + 2)
    }

    /// Where the value of a name of YAML or JSON stands when its line has none.
    fn below(&self, start: usize, name: &Range<usize>) -> Below {
        let text = self.text;
        let rest = &text[start..];
        let head = length_of(rest, |it| b"|>+-0123456789".contains(&it));
        let is_block = rest.starts_with(['|', '>']);
        let rest = rest[head..].trim_start_matches([' ', '\t', '\r']);
        if head > 0 && !is_block || !rest.is_empty() && !rest.starts_with('\n') {
            return Below::Nothing;
        }
        let written = rest.trim_start();
        let at = text.len() - written.len();
        let line_start = text[..at].rfind('\n').map_or(0, |it| it + 1);
        let own = text[..name.start].bytes().rev().take(LONGEST);
        let indentation = own.take_while(|it| *it != b'\n').count();
        let item = written.strip_prefix("- ").filter(|_| !is_block);
        let written = item.map_or(written, str::trim_start);
        let line = written.split('\n').next().unwrap_or_default();
        let is_deeper =
            at - line_start > indentation || item.is_some() && at - line_start == indentation;
        let is_mapping =
            line.contains(": ") || line.trim_end().ends_with(':') || line.starts_with('#');
        if !is_deeper && !is_quoted(line) || is_mapping && !is_block || line.is_empty() {
            return Below::Other;
        }
        Below::Value(text.len() - written.len())
    }

    /// Where a word without quotes ends.
    fn end_of_word(&self, start: usize) -> usize {
        let ends = |it: char| it.is_whitespace() || "\"';&<>)},]".contains(it);
        outside(self.text, start, &self.references, ends).unwrap_or(self.text.len())
    }

    /// Where a text in quotes ends, with as many backslashes before them as at its start.
    fn end_of_quoted(&self, start: usize, quote: char, backslashes: usize) -> usize {
        let mut at = start;
        loop {
            let end = outside(self.text, at, &self.references, |it| {
                it == quote || it == '\n'
            });
            let end = end.unwrap_or(self.text.len());
            let before = self.text[start..end].bytes().rev();
            let escapes = before.take_while(|it| *it == b'\\').count();
            if quote == '\'' || escapes <= backslashes || !self.text[end..].starts_with(quote) {
                return end;
            }
            at = end + 1;
        }
    }
}

/// What stands in the lines below a name.
enum Below {
    /// Nothing of the name, whose value stands behind it.
    Nothing,
    /// Its value, from here on.
    Value(usize),
    /// Something that is not a text.
    Other,
}

/// `name: X` and `value: Y`, in either order, as lists of variables and Hadoop's files have it.
#[derive(Default)]
struct Pair<'t> {
    name: Option<&'t str>,
    value: Option<Range<usize>>,
}

impl<'t> Pair<'t> {
    fn named(&mut self, name: &'t str) -> Option<(&'t str, Range<usize>)> {
        self.name = Some(name);
        self.whole()
    }

    fn valued(&mut self, value: Range<usize>) -> Option<(&'t str, Range<usize>)> {
        self.value = Some(value);
        self.whole()
    }

    /// Both, once both are known.
    fn whole(&mut self) -> Option<(&'t str, Range<usize>)> {
        let whole = (self.name?, self.value.clone()?);
        *self = Self::default();
        Some(whole)
    }
}

/// Who gave a name in a text: what is assigned, passed, or set in JSON is a setting.
fn naming(text: &str, name: &Range<usize>, sign: &str) -> Naming {
    let is_of_json = text[..name.start].ends_with('"') && text[name.end..].starts_with(['"', '\\']);
    if is_of_json || sign != ":" {
        Naming::Setting
    } else {
        Naming::of(&text[name.clone()])
    }
}

/// Whether a text ends in the call of a function that takes a name and its value.
fn is_call_that_sets(text: &str) -> bool {
    const SETS: [&str; 14] = [
        "config",
        "conf",
        "get",
        "getenv",
        "getordefault",
        "getorelse",
        "option",
        "put",
        "putenv",
        "set",
        "setconf",
        "setdefault",
        "setenv",
        "setproperty",
    ];
    let Some(text) = text.trim_end().strip_suffix('(') else {
        return false;
    };
    let is_of_word = |it: &u8| it.is_ascii_alphanumeric();
    let length = text
        .bytes()
        .rev()
        .take(LONGEST)
        .take_while(is_of_word)
        .count();
    SETS.contains(&&*text[text.len() - length..].to_ascii_lowercase())
}

fn is_quoted(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\n', '\\'])
        .starts_with(['"', '\''])
}

/// Tells of places, from the first to the last, whether they are in a line that is a comment.
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
pub(super) fn is_comment(text: &str) -> bool {
    let text = text.trim_start_matches([' ', '\t']);
    text.starts_with(['#', ';']) || text.starts_with("// ")
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
    (is_apart && is_item && !is_option(rest)).then_some(start)
}

/// Whether a text begins with an option, rather than with a value that has a dash before it.
#[must_use]
pub fn is_option(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('-') else {
        return false;
    };
    let is_long = rest.starts_with('-');
    let name = rest.trim_start_matches('-');
    let length = length_of_name(name);
    let is_of_words = |it: &str| it.bytes().all(|it| it.is_ascii_lowercase() || it == b'-');
    match name.as_bytes() {
        [b'D' | b'X', ..] => true,
        _ if is_long => name.starts_with(|it: char| it.is_ascii_lowercase()) || name.is_empty(),
        _ => length < 2 || is_of_words(&name[..length]),
    }
}

/// The name that stands before a sign, within its quotes and brackets, or in the line before when YAML asks for it.
fn name_before(text: &str, at: usize, sign: &str) -> Option<Range<usize>> {
    let mut before = text[..at].trim_end_matches([' ', '\t']);
    match sign {
        "," if !before.ends_with(['"', '\'']) => return None,
        ">" => before = before.strip_suffix('-').map_or(before, str::trim_end),
        "=" => before = assigned(before),
        ":" if before.ends_with('\n') => {
            let lines = before.trim_end();
            let line = lines.rfind('\n').map_or(lines, |it| &lines[it + 1..]);
            line.trim_start().strip_prefix("? ")?;
            before = lines;
        }
        _ => {}
    }
    let before = before.trim_end_matches(['"', '\'', '\\']);
    let letters = before.bytes().rev().take(LONGEST);
    let length = letters.take_while(|it| is_of_name(*it)).count();
    (length > 0).then(|| before.len() - length..before.len())
}

/// What code assigns to: an item, something new, or something of a type.
fn assigned(text: &str) -> &str {
    let text = text.trim_end_matches([']', ':', ' ']);
    let is_of_type = |it: char| it.is_ascii_alphanumeric();
    let name = text.trim_end_matches(is_of_type).trim_end_matches(' ');
    name.strip_suffix(':')
        .filter(|_| name.len() + 2 < text.len())
        .unwrap_or(text)
}

/// The length of the name with which a text begins.
fn length_of_name(text: &str) -> usize {
    length_of(text, is_of_name)
}

fn length_of(text: &str, is_such: impl Fn(u8) -> bool) -> usize {
    text.bytes()
        .take(LONGEST)
        .take_while(|it| is_such(*it))
        .count()
}

const fn is_of_name(letter: u8) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, b'.' | b'_' | b'-' | b'/')
}

/// The span without blanks and backslashes at its ends, when anything is left.
fn trimmed(text: &str, span: Range<usize>) -> Option<Range<usize>> {
    let inner = text.get(span.clone())?;
    let start = span.start + inner.len() - inner.trim_start().len();
    let length = inner.trim().trim_end_matches('\\').len();
    (length > 0).then_some(start..start + length)
}
