//! Findings that were there when a team began.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::settings::path_of;
use crate::{
    diagnostics::{Diagnostics, Fingerprints, Region},
    document::Sources,
};

/// Findings that are known, by their fingerprints, which stay the same when lines move.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The form of the file.
    version: u32,
    /// The findings, in the order of their files.
    findings: Vec<Known>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// The file, for who reads this.
    path: String,
    /// The code, likewise.
    code: String,
    fingerprint: String,
}

impl Baseline {
    const VERSION: u32 = 1;

    /// What was found, to be known from now on.
    #[must_use]
    pub fn of(found: &Diagnostics, sources: &Sources) -> Self {
        let mut findings: Vec<_> = known(found, sources).collect();
        findings.sort();
        Self {
            version: Self::VERSION,
            findings,
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(text: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(text).map_err(|it| it.to_string())?;
        if read.version == Self::VERSION {
            Ok(read)
        } else {
            Err(format!("its version is {}, and kiln knows 1", read.version))
        }
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("texts and numbers are JSON");
        text.push('\n');
        text
    }

    /// Drops what is known. Gives back how much that was, and how much of what is known is gone.
    pub fn apply(&self, found: &mut Diagnostics, sources: &Sources) -> (usize, usize) {
        let known_before: BTreeSet<&str> = self
            .findings
            .iter()
            .map(|it| it.fingerprint.as_str())
            .collect();
        let now: Vec<_> = known(found, sources).collect();
        let mut each = now.iter();
        let before = found.iter().count();
        found.retain(|_| {
            let it = each.next();
            it.is_none_or(|it| !known_before.contains(it.fingerprint.as_str()))
        });
        let now: BTreeSet<&str> = now.iter().map(|it| it.fingerprint.as_str()).collect();
        (
            before - found.iter().count(),
            known_before.difference(&now).count(),
        )
    }
}

fn known<'a>(
    found: &'a Diagnostics,
    sources: &'a Sources,
) -> impl Iterator<Item = Known> + use<'a> {
    let mut fingerprints = Fingerprints::default();
    found.iter().map(move |diagnostic| {
        let path = path_of(diagnostic, sources).unwrap_or_default();
        let region = Region::of_file(&path);
        Known {
            fingerprint: fingerprints.next(diagnostic, Some(&region)),
            code: diagnostic.code.number.to_owned(),
            path,
        }
    })
}
