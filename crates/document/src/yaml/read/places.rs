//! Where values stand: of the places that the parser tells, those that a person would underline.

use saphyr_parser::ScalarStyle;

use super::{Reader, Span};
use crate::document::{Origin, Origins, Place};

impl Reader<'_, '_> {
    pub(super) fn origin(&mut self, span: &Span, key: Option<&Span>) -> Origins {
        let place = |span: &Span| Place {
            file: self.input.file,
            span: span.clone(),
        };
        let origin = Origin::Manifest {
            key: key.map(place),
            value: place(span),
        };
        self.sources.add_origin(origin).into()
    }

    /// The lines of a literal block, each a place of its own: a file inside the file.
    pub(super) fn lines(&mut self, block: &Span, text: &str) -> Vec<Origins> {
        // The parser's span begins with the header, or with the first letter behind it and behind empty
        // lines.
        let has_header = self.input.text[block.clone()].starts_with('|');
        let empty = text.lines().take_while(|line| line.is_empty()).count();
        let missing = if has_header { 0 } else { empty };
        let mut lines = vec![block.start..block.start; missing];
        let mut start = block.start;
        for line in self.input.text[block.clone()].split_inclusive('\n') {
            let content = line.trim_end();
            let indentation = content.len() - content.trim_start().len();
            lines.push(start + indentation..start + content.len());
            start += line.len();
        }
        let lines = lines.into_iter().skip(usize::from(has_header));
        let lines = lines.take(text.lines().count());
        lines.map(|span| self.origin(&span, None)).collect()
    }

    /// The place of a scalar without the blanks and the comment behind it.
    pub(super) fn scalar_span(&self, style: ScalarStyle, span: Span) -> Span {
        let text = &self.input.text[span.clone()];
        let quote = match style {
            ScalarStyle::SingleQuoted => '\'',
            ScalarStyle::DoubleQuoted => '"',
            _ => return span.start..span.start + text.trim_end().len(),
        };
        let mut letters = text
            .char_indices()
            .skip_while(|(_, it)| *it != quote)
            .skip(1);
        while let Some((at, letter)) = letters.next() {
            if letter == '\\' && quote == '"' {
                letters.next();
            // A single quote inside is written twice.
            } else if letter == quote && !(quote == '\'' && text[at + 1..].starts_with(quote)) {
                return span.start..span.start + at + 1;
            } else if letter == quote {
                letters.next();
            }
        }
        span
    }

    /// The place from the start of a collection to its closing bracket, or else to its last value:
    /// what ends a block is the next line that is less indented.
    pub(super) fn whole(&self, start: &Span, last: usize, closing: &Span) -> Span {
        let end = if self.input.text[closing.start..].starts_with([']', '}']) {
            closing.start + 1
        } else {
            last
        };
        start.start..end
    }
}

/// Where the characters of a file start, in bytes.
pub(super) enum Characters {
    /// One byte each.
    Ascii,
    /// The offset of each, and of the end.
    Table(Vec<usize>),
}

/// The same for a parser that begins within the file.
pub(super) struct Offsets<'a> {
    characters: &'a Characters,
    /// How many characters stand before its first.
    before: usize,
}

impl Characters {
    pub(super) fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        let offsets = text.char_indices().map(|(at, _)| at);
        Self::Table(offsets.chain([text.len()]).collect())
    }

    /// Those from a byte on.
    pub(super) fn from(&self, byte: usize) -> Offsets<'_> {
        let before = match self {
            Self::Ascii => byte,
            Self::Table(offsets) => offsets.partition_point(|it| *it < byte),
        };
        Offsets {
            characters: self,
            before,
        }
    }
}

impl Offsets<'_> {
    pub(super) fn byte(&self, character: usize) -> usize {
        let at = self.before + character;
        match self.characters {
            Characters::Ascii => at,
            Characters::Table(offsets) => offsets[at.min(offsets.len() - 1)],
        }
    }
}
