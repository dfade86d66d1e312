//! Texts without what grammars write otherwise: escapes, continued lines, sections of XML, and letters that look like
//! others or like nothing hide neither names nor values.

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
        if original.is_ascii() && !MARKS.iter().any(|it| original.contains(it)) {
            return plain;
        }
        let mut text = String::with_capacity(original.len());
        let mut at = 0;
        // A comment is never continued.
        let mut is_comment = super::text::is_comment(original);
        let is_mark = |it: char| "\\<]\n".contains(it) || alike(it).is_some();
        while let Some(mark) = original[at..].find(is_mark) {
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
                [letter, ..] if letter.is_ascii() => (1, Some(char::from(*letter))),
                _ => match rest.chars().next() {
                    Some(letter) => (
                        letter.len_utf8(),
                        alike(letter).and_then(|it| it.chars().next()),
                    ),
                    None => break,
                },
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

/// The letter of a name that another one looks like; nothing when it looks like nothing.
fn alike(letter: char) -> Option<&'static str> {
    const OTHERS: &str = "aаα eе oоο pрρ cс yу xх iіι sѕ dԁ wԝ kкκ tт AАΑ BВΒ EЕΕ KКΚ MМΜ HНΗ OОΟ PРΡ CС TТΤ XХΧ YУΥ SЅ IІΙ NΝ";
    if letter.is_ascii() {
        return None;
    }
    if matches!(
        letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
    ) {
        return Some("");
    }
    OTHERS
        .split(' ')
        .find(|it| it.contains(letter))
        .map(|it| &it[..1])
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
