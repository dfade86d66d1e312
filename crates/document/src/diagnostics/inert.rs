//! Texts of others as they may be shown: names, paths and values can hold what a terminal or a build server would
//! act on. Each format writes that out in its own way; which characters it is, one function knows.

use std::fmt::Write as _;

/// A text as one line for people.
#[must_use]
pub fn one_line(text: &str) -> String {
    written_out(text, |character, out| match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        _ => out.extend(character.escape_unicode()),
    })
}

/// The same for a text of several lines.
pub(super) fn lines(text: &str) -> String {
    each_line(text, one_line)
}

/// What a renderer has drawn. Each character keeps its place, so that what is drawn below a line still fits.
pub(super) fn drawn(text: &str, has_colours: bool) -> String {
    each_line(text, |line| {
        written_out(line, |character, out| {
            let is_colour = has_colours && character == '\u{1b}';
            out.push(if is_colour { character } else { '\u{fffd}' });
        })
    })
}

/// The text of a JSON document, which still says the same.
#[must_use]
pub fn json(document: &str) -> String {
    each_line(document, |line| {
        written_out(line, |character, out| {
            // None of them is beyond the characters that four digits name.
            write!(out, "\\u{:04x}", u32::from(character)).expect("a string takes any text");
        })
    })
}

/// A text for an attribute of XML 1.0 or between tags. What XML cannot hold at all is written out as for people.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                out.extend(character.escape_unicode());
            }
            _ => out.push(character),
        }
    }
    written_out(&out, |character, out| {
        write!(out, "&#{};", u32::from(character)).expect("a string takes any text");
    })
}

fn each_line(text: &str, shown: impl Fn(&str) -> String) -> String {
    let lines: Vec<_> = text.split('\n').map(shown).collect();
    lines.join("\n")
}

/// A line in which everything that could do something is written in another way.
fn written_out(line: &str, write: impl Fn(char, &mut String)) -> String {
    let first = line.len() - line.trim_start().len();
    let mut out = String::with_capacity(line.len());
    for (at, character) in line.char_indices() {
        let is_active = match character {
            '\t' => false,
            // GitHub's runner takes a line that begins with `::` for a command, unless its name would begin with
            // `:`, …
            ':' => at == first && line[at..].starts_with("::") && !line[at..].starts_with(":::"),
            // … and this anywhere in one: `##[error]`, on Azure also `##vso[task.complete]`.
            '[' => line[..at]
                .trim_end_matches(|it: char| it.is_ascii_alphabetic())
                .ends_with("##"),
            _ => moves(character),
        };
        if is_active {
            write(character, &mut out);
        } else {
            out.push(character);
        }
    }
    out
}

/// Controls of terminals (C0 and C1), those of the direction of text, and the ends of lines and paragraphs.
fn moves(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
