//! Diagnostics as a Code Quality report of GitLab, which shows them in a merge request.

use serde_json::{Value, json};

use super::{Diagnostic, Region, Report, Severity, fingerprint::Fingerprints, inert};
use crate::document::Sources;

/// Writes diagnostics as GitLab's Code Quality does.
#[derive(Clone, Copy, Debug)]
pub struct Gitlab;

impl Gitlab {
    /// All diagnostics of all reports.
    #[must_use]
    pub fn render(self, reports: &[Report]) -> String {
        let mut fingerprints = Fingerprints::default();
        let mut issues = Vec::new();
        for Report {
            diagnostics,
            sources,
        } in reports
        {
            issues.extend(
                diagnostics
                    .iter()
                    .map(|it| issue(it, sources, &mut fingerprints)),
            );
        }
        inert::json(&format!("{:#}\n", Value::from(issues)))
    }
}

fn issue(diagnostic: &Diagnostic, sources: &Sources, fingerprints: &mut Fingerprints) -> Value {
    let region = diagnostic.region(sources);
    let fingerprint = fingerprints.next(diagnostic, region.as_ref());
    // GitLab asks for a place also where there is none.
    let region = region.unwrap_or_else(|| Region::of_file("."));
    json!({
        "check_name": format!("{} {}", diagnostic.code.number, diagnostic.code.name),
        "description": format!("{}\n{}", diagnostic.title, diagnostic.details()).trim_end(),
        "severity": match diagnostic.severity {
            Severity::Error => "critical",
            Severity::Warning => "minor",
        },
        "fingerprint": fingerprint,
        "location": {
            "path": region.path,
            "lines": { "begin": region.line, "end": region.end_line },
        },
    })
}
