//! Texts in pictures: how wide they are, and how they are written.

use crate::diagnostics::one_line;

/// A text for an attribute of XML or HTML, or between tags. What would turn its direction or end its line is
/// written out, because a reader of either takes a reference to a character for the character.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' => out.push(' '),
            // XML has no form for these.
            '\u{fffe}' | '\u{ffff}' => out.extend(character.escape_unicode()),
            _ => out.push(character),
        }
    }
    out
}

/// How many letters of a font with a fixed width a text takes at most.
pub(super) fn width(text: &str) -> u16 {
    text.chars()
        .fold(0, |sum: u16, it| sum.saturating_add(cells(it)))
}

/// Letters beyond Greek and Cyrillic may be twice as wide.
const fn cells(character: char) -> u16 {
    if (character as u32) < 0x0500 || character == ELLIPSIS {
        1
    } else {
        2
    }
}

const ELLIPSIS: char = '…';

/// A text that takes no more than some letters: what is too much is left out in the middle, because names differ
/// at their beginnings and ends.
pub(super) fn shortened(text: &str, most: u16) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let half = |characters: &mut dyn Iterator<Item = char>, most: u16| {
        let mut taken = 0;
        let fits = |it: &char| {
            taken += cells(*it);
            taken <= most
        };
        characters.take_while(fits).collect::<Vec<_>>()
    };
    let room = most.saturating_sub(1);
    let tail = half(&mut text.chars().rev(), room / 2);
    let head = half(&mut text.chars(), room - room / 2);
    let tail = tail.into_iter().rev();
    head.into_iter().chain([ELLIPSIS]).chain(tail).collect()
}
