//! What tells a result apart from others, and stays the same when lines move.

use std::{collections::BTreeMap, fmt::Write as _};

use sha2::{Digest as _, Sha256};

use super::{Diagnostic, Region};

/// The fingerprints of the results of one document.
#[derive(Default)]
pub struct Fingerprints {
    seen: BTreeMap<String, usize>,
}

impl Fingerprints {
    /// That of the next result: of the rule, the file, what is said, and how often it was said before.
    pub fn next(&mut self, diagnostic: &Diagnostic, region: Option<&Region>) -> String {
        let path = region.map_or("", |it| it.path.as_str());
        let said = format!("{}\n{path}\n{}", diagnostic.code.number, diagnostic.title);
        let before = self.seen.entry(said.clone()).or_insert(0);
        let digest = Sha256::digest(format!("{said}\n{before}"));
        *before += 1;
        digest.iter().fold(String::new(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
    }
}
