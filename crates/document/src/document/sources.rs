//! The files that a compile read, and the origins that point into them.

use std::{fmt, ops::Range};

/// A file that took part in a compile.
#[derive(Clone, Debug)]
pub struct File {
    /// The path from the repository's root, with `/` on every system.
    pub path: String,
    /// The text.
    pub text: String,
    /// For each stretch of [`STRIDE`] bytes, what stands before it: characters, and units of UTF-16.
    counts: Vec<(usize, usize)>,
    /// Where its lines begin. Each message asks for a line or two, so counting them anew would make a file with
    /// many faults cost their product.
    starts: Vec<usize>,
}

/// How often a text is counted, in bytes: what a message costs at most, and seldom enough to be small.
const STRIDE: usize = 1024;

impl File {
    /// A text by its path.
    fn new(path: String, text: String) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, it)| *it == b'\n');
        let starts = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        let (mut counts, mut count) = (Vec::new(), (0, 0));
        for (at, letter) in text.char_indices() {
            while counts.len() * STRIDE <= at {
                counts.push(count);
            }
            count = (count.0 + 1, count.1 + letter.len_utf16());
        }
        Self {
            path,
            text,
            counts,
            starts,
        }
    }

    /// How many characters a stretch of the text has.
    #[must_use]
    pub fn characters(&self, span: Range<usize>) -> usize {
        // Most lines are shorter than what `before` looks at.
        match self.text.get(span.clone()) {
            Some(text) if text.len() < STRIDE => text.chars().count(),
            _ => self.before(span.end).0 - self.before(span.start).0,
        }
    }

    /// How many units of UTF-16 a stretch of the text has.
    #[must_use]
    pub fn utf16_units(&self, span: Range<usize>) -> usize {
        self.before(span.end).1 - self.before(span.start).1
    }

    /// How many characters and units of UTF-16 stand before a byte. A line may be as long as the file, and each
    /// message asks for its column.
    fn before(&self, at: usize) -> (usize, usize) {
        let stretch = (at / STRIDE).min(self.counts.len().saturating_sub(1));
        let counted = self.counts.get(stretch).copied().unwrap_or_default();
        // The first character of a stretch may begin before it.
        let mut starts = stretch * STRIDE..=at;
        let start = starts.find(|it| self.text.is_char_boundary(*it));
        let rest = start.and_then(|start| self.text.get(start..at));
        let rest = rest.unwrap_or_default();
        rest.chars().fold(counted, |(characters, units), it| {
            (characters + 1, units + it.len_utf16())
        })
    }

    /// The line, from 1, in which a byte of the text lies, and where it begins.
    #[must_use]
    pub fn line(&self, at: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= at);
        (line, self.starts[line - 1])
    }

    /// Where the line of a byte ends, its line break included.
    #[must_use]
    pub fn end_of_line(&self, at: usize) -> usize {
        let (line, _) = self.line(at);
        self.starts.get(line).copied().unwrap_or(self.text.len())
    }
}

/// Which file of [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A stretch of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The bytes of its text.
    pub span: Range<usize>,
}

/// Where one value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// A line of a spec.
    Spec {
        /// The dotted path of keys, such as `connect.analytics.driver.memory`.
        path: String,
        /// The key, when the value stands in a table.
        key: Option<Place>,
        /// The value.
        value: Place,
    },
    /// No line: the schema's default.
    Default {
        /// The dotted path of keys that would set it.
        path: String,
        /// Why this is the default.
        reason: String,
        /// The table that could hold the key.
        table: Option<OriginId>,
    },
    /// No line either: what made the value beside the lines that its other origins name.
    Computed(Arithmetic),
    /// A value of a raw manifest or a patch file.
    Manifest {
        /// The key, when the value stands in a mapping.
        key: Option<Place>,
        /// The value.
        value: Place,
    },
}

/// How a number was computed, said where it was computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arithmetic {
    /// What is computed of what: `heap = container - overhead`.
    pub formula: &'static str,
    /// What the names in the formula stand for.
    pub terms: Vec<Term>,
}

/// A name in the formula of an [`Arithmetic`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The name.
    pub name: &'static str,
    /// The amount, as the one who reads it writes it: `585m`.
    pub amount: String,
    /// Why it is that much, unless a line of the spec says so.
    pub why: &'static str,
}

impl Term {
    /// An amount with the reason for it.
    pub fn new(name: &'static str, amount: impl fmt::Display, why: &'static str) -> Self {
        Self {
            name,
            amount: amount.to_string(),
            why,
        }
    }

    /// An amount that a line of the spec states, or the schema's default.
    pub fn stated(name: &'static str, amount: impl fmt::Display) -> Self {
        Self::new(name, amount, "")
    }
}

/// Which origin of [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginId(u32);

impl OriginId {
    /// The number that stands for this origin while a value passes through serde.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The origin that [`OriginId::number`] stood for.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

/// Everything that was read, and every place that a value can come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<File>,
    origins: Vec<Origin>,
}

impl Sources {
    /// Adds a file.
    pub fn add_file(&mut self, path: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(File::new(path.into(), text.into()));
        FileId(u32::try_from(self.files.len() - 1).expect("a compile reads fewer than 2^32 files"))
    }

    /// Adds an origin.
    pub fn add_origin(&mut self, origin: Origin) -> OriginId {
        let id = self.next_id();
        self.origins.push(origin);
        id
    }

    /// How many origins there are.
    #[must_use]
    pub const fn origins(&self) -> usize {
        self.origins.len()
    }

    /// Forgets the origins behind the first ones: of a document that is read anew.
    pub fn forget_origins(&mut self, kept: usize) {
        self.origins.truncate(kept);
    }

    /// The file of an identifier.
    #[must_use]
    pub fn file(&self, id: FileId) -> &File {
        &self.files[id.0 as usize]
    }

    /// All files in the order in which they were read.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The identifiers of all origins.
    pub fn ids(&self) -> impl Iterator<Item = OriginId> + use<> {
        (0..self.next_id().0).map(OriginId)
    }

    /// The identifier that the next origin gets.
    #[must_use]
    pub fn next_id(&self) -> OriginId {
        self.later_id(0)
    }

    /// The identifier that an origin gets which is added after so many more.
    #[must_use]
    pub fn later_id(&self, after: usize) -> OriginId {
        OriginId(
            u32::try_from(self.origins.len() + after)
                .expect("a compile has fewer than 2^32 values, because its files are bounded"),
        )
    }

    /// The origin of an identifier.
    #[must_use]
    pub fn origin(&self, id: OriginId) -> &Origin {
        &self.origins[id.0 as usize]
    }

    /// The place to underline for an origin: the value, or for a default the table that could set it.
    #[must_use]
    pub fn place(&self, id: OriginId) -> Option<&Place> {
        match self.origin(id) {
            Origin::Spec { value, .. } | Origin::Manifest { value, .. } => Some(value),
            Origin::Default { table, .. } => table.and_then(|table| self.key_place(table)),
            Origin::Computed(_) => None,
        }
    }

    /// The place of the key of an origin, or else of its value.
    #[must_use]
    pub fn key_place(&self, id: OriginId) -> Option<&Place> {
        match self.origin(id) {
            Origin::Spec { key: Some(key), .. } | Origin::Manifest { key: Some(key), .. } => {
                Some(key)
            }
            _ => self.place(id),
        }
    }

    /// The dotted path of keys of an origin in a spec.
    #[must_use]
    pub fn path(&self, id: OriginId) -> Option<&str> {
        match self.origin(id) {
            Origin::Spec { path, .. } | Origin::Default { path, .. } => Some(path),
            Origin::Manifest { .. } | Origin::Computed(_) => None,
        }
    }

    /// The identifiers of all files.
    pub fn file_ids(&self) -> impl Iterator<Item = FileId> + use<> {
        let count = u32::try_from(self.files.len());
        (0..count.expect("a compile reads fewer than 2^32 files")).map(FileId)
    }

    /// The values of a spec's file: their dotted paths of keys, and where they stand.
    pub fn spec_places(&self, file: FileId) -> impl Iterator<Item = (&str, &Place)> {
        self.origins.iter().filter_map(move |origin| match origin {
            Origin::Spec { path, value, .. } if value.file == file => Some((path.as_str(), value)),
            _ => None,
        })
    }

    /// The line of a place, from 1.
    #[must_use]
    pub fn line(&self, place: &Place) -> usize {
        self.file(place.file).line(place.span.start).0
    }

    /// The line and column of a place, both from 1; the column counts characters.
    #[must_use]
    pub fn line_column(&self, place: &Place) -> (usize, usize) {
        let file = self.file(place.file);
        let at = place.span.start.min(file.text.len());
        let (line, start) = file.line(at);
        (line, file.characters(start..at) + 1)
    }
}
