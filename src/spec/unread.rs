//! The parts of a spec that could not be read.
//!
//! The others are compiled and checked all the same, so that one run shows all faults. What an unread
//! part would have offered and made is unknown; nothing may be concluded from its absence.

use std::collections::BTreeSet;

/// The parts of a spec that could not be read, by table and, of keyed tables, by entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    parts: BTreeSet<(String, Option<String>)>,
    /// Whether the spec has tables that kiln does not know, which may have been meant as any other.
    any: bool,
}

impl Unread {
    /// Whether everything was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && !self.any
    }

    /// Marks the part in which a value lies, by the keys that lead to it.
    pub fn insert(&mut self, keys: &[String]) {
        match keys {
            [] => self.any = true,
            [table] => {
                self.parts.insert((table.clone(), None));
            }
            [table, entry, ..] => {
                self.parts.insert((table.clone(), Some(entry.clone())));
            }
        }
    }

    /// Whether an entry of a keyed table was not read.
    #[must_use]
    pub fn has(&self, table: &str, entry: &str) -> bool {
        let part = |entry: Option<&str>| (table.to_owned(), entry.map(str::to_owned));
        self.parts.contains(&part(None)) || self.parts.contains(&part(Some(entry)))
    }

    /// Whether the spec has tables that kiln does not know, which may have been meant as any other.
    #[must_use]
    pub const fn has_any_table(&self) -> bool {
        self.any
    }

    /// Whether anything in a table was not read.
    #[must_use]
    pub fn has_part(&self, table: &str) -> bool {
        self.parts.iter().any(|(it, _)| it == table)
    }

    /// Whether a table may have more than could be read.
    #[must_use]
    pub fn has_any(&self, table: &str) -> bool {
        self.any || self.has_part(table)
    }

    /// Whether the spec may have an entry that nobody could read.
    #[must_use]
    pub fn may_have(&self, table: &str, entry: &str) -> bool {
        self.any || self.has(table, entry)
    }
}
