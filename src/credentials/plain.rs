//! Texts without what grammars write otherwise: escapes, continued lines and sections of XML hide neither names nor
//! values.

use std::{borrow::Cow, ops::Range};

/// A text as its reader understands it, and where its parts come from.
pub(super) struct Plain<'t> {
    pub(super) text: Cow<'t, str>,
    /// What was left out: where it would be, and how many bytes of the original were gone by then.
    gaps: Vec<(usize, usize)>,
}

impl<'t> Plain<'t> {
    /// Reads a text.
    pub(super) fn of(original: &'t str) -> Self {
        const MARKS: [&str; 5] = ["\\u", "\\x", "\\\n", "\\\r\n", "<![CDATA["];
        let mut plain = Self {
            text: Cow::Borrowed(original),
            gaps: Vec::new(),
        };
        if !MARKS.iter().any(|it| original.contains(it)) {
            return plain;
        }
        let mut text = String::with_capacity(original.len());
        let mut at = 0;
        // A comment is never continued.
        let mut is_comment = super::text::is_comment(original);
        while let Some(mark) = original[at..].find(['\\', '<', ']', '\n']) {
            let mark = at + mark;
            text.push_str(&original[at..mark]);
            let rest = &original[mark..];
            let (length, letter) = match rest.as_bytes() {
                [b'\n', ..] => {
                    is_comment = super::text::is_comment(&rest[1..]);
                    (1, Some('\n'))
                }
                [b'\\', b'u' | b'x', ..] => escape(rest),
                [b'\\', b'\r' | b'\n', ..] if !is_comment => (continuation(rest), None),
                // A backslash that stands for itself.
                [b'\\', b'\\', ..] => {
                    text.push('\\');
                    (2, Some('\\'))
                }
                [b'<', ..] if rest.starts_with("<![CDATA[") => ("<![CDATA[".len(), None),
                [b']', ..] if rest.starts_with("]]>") => ("]]>".len(), None),
                [letter, ..] => (1, Some(char::from(*letter))),
                [] => break,
            };
            at = mark + length;
            text.extend(letter);
            if plain.gaps.last().map_or(0, |(_, gone)| *gone) + text.len() != at {
                plain.gaps.push((text.len(), at - text.len()));
            }
        }
        text.push_str(&original[at..]);
        plain.text = Cow::Owned(text);
        plain
    }

    /// Where a span of the text stands in the original.
    pub(super) fn original(&self, span: &Range<usize>) -> Range<usize> {
        self.place(span.start)..self.place(span.end)
    }

    fn place(&self, at: usize) -> usize {
        let before = self.gaps.partition_point(|(place, _)| *place <= at);
        let gone = before.checked_sub(1).and_then(|it| self.gaps.get(it));
        at + gone.map_or(0, |(_, gone)| *gone)
    }
}

/// The length of an escape, and the letter that it stands for; the backslash alone when it is none.
fn escape(text: &str) -> (usize, Option<char>) {
    let digits = if text.starts_with("\\u") { 4 } else { 2 };
    let number = text.get(2..2 + digits);
    let number = number.and_then(|it| u32::from_str_radix(it, 16).ok());
    // Quotes would end what they stand in, and others break the lines.
    let is_plain = |it: &char| it.is_ascii_graphic() && !"\"'\\".contains(*it);
    match number.and_then(char::from_u32).filter(is_plain) {
        Some(letter) => (2 + digits, Some(letter)),
        None => (1, Some('\\')),
    }
}

/// The length of the end of a line that goes on, with the blanks of the next one.
fn continuation(text: &str) -> usize {
    let next = text.trim_start_matches('\\').trim_start_matches('\r');
    let next = next.strip_prefix('\n').unwrap_or(next);
    text.len() - next.trim_start_matches([' ', '\t']).len()
}
