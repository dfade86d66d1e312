//! A place as the formats for machines write it.

use serde_json::{Value, json};

use crate::document::{File, Place, Sources};

/// A stretch of a file by lines and columns, all from 1. Columns count units of UTF-16, as editors
/// and code scanning do; the end is behind the last of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The path of the file.
    pub path: String,
    /// The first line.
    pub line: usize,
    /// The column in the first line.
    pub column: usize,
    /// The last line.
    pub end_line: usize,
    /// The column in the last line.
    pub end_column: usize,
    /// The bytes of the file.
    pub bytes: std::ops::Range<usize>,
}

impl Region {
    /// The beginning of a file that was not read as a source.
    #[must_use]
    pub fn of_file(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            bytes: 0..0,
        }
    }

    /// The region of a place.
    #[must_use]
    pub fn of(place: &Place, sources: &Sources) -> Self {
        let file = sources.file(place.file);
        let start = place.span.start.min(file.text.len());
        let end = place.span.end.clamp(start, file.text.len());
        let (line, column) = position(file, start);
        let (end_line, end_column) = position(file, end);
        Self {
            path: file.path.clone(),
            line,
            column,
            end_line,
            end_column,
            bytes: start..end,
        }
    }

    /// The region as the formats in JSON write it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "file": self.path,
            "line": self.line,
            "column": self.column,
            "end-line": self.end_line,
            "end-column": self.end_column,
            "bytes": [self.bytes.start, self.bytes.end],
        })
    }
}

fn position(file: &File, at: usize) -> (usize, usize) {
    let (line, start) = file.line(at);
    // A byte order mark is not a part of a line.
    let marks = file.text[start..at]
        .chars()
        .take_while(|it| *it == '\u{feff}');
    (line, file.utf16_units(start..at) - marks.count() + 1)
}
