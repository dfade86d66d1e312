//! Diagnostics as one JSON object; `docs/formats.md` documents it.

use serde_json::{Value, json};

use super::{Diagnostic, Edit, Fix, Label, Region, Report, inert};
use crate::document::Sources;

/// Writes diagnostics as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Json;

impl Json {
    /// All diagnostics of all reports.
    #[must_use]
    pub fn render(self, reports: &[Report]) -> String {
        let diagnostics: Vec<_> = reports
            .iter()
            .flat_map(|report| report.diagnostics.iter().map(|it| one(it, &report.sources)))
            .collect();
        let document = json!({
            "version": 1,
            "columns": "utf16",
            "diagnostics": diagnostics,
        });
        inert::json(&format!("{document:#}\n"))
    }
}

fn one(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let labels = diagnostic.labels.iter();
    let fixes = diagnostic.fixes.iter();
    json!({
        "code": diagnostic.code.number,
        "name": diagnostic.code.name,
        "severity": diagnostic.severity.word(),
        "title": diagnostic.title,
        "file": diagnostic.region(sources).map(|it| it.path),
        "notes": diagnostic.notes,
        "hints": diagnostic.advice().collect::<Vec<_>>(),
        "labels": labels.filter_map(|it| label(it, sources)).collect::<Vec<_>>(),
        "fixes": fixes.filter_map(|it| fix(it, sources)).collect::<Vec<_>>(),
    })
}

fn label(label: &Label, sources: &Sources) -> Option<Value> {
    let mut value = region(&Region::of(label.at.place(sources)?, sources));
    value["text"] = label.text.as_str().into();
    Some(value)
}

fn fix(fix: &Fix, sources: &Sources) -> Option<Value> {
    let edits = fix.edits(sources);
    let edit = |Edit { place, replacement }: &Edit| {
        let mut value = region(&Region::of(place, sources));
        value["replacement"] = replacement.as_str().into();
        value
    };
    (!edits.is_empty()).then(|| {
        json!({
            "what": fix.what,
            "edits": edits.iter().map(edit).collect::<Vec<_>>(),
        })
    })
}

fn region(region: &Region) -> Value {
    json!({
        "file": region.path,
        "line": region.line,
        "column": region.column,
        "end-line": region.end_line,
        "end-column": region.end_column,
        "bytes": [region.bytes.start, region.bytes.end],
    })
}
