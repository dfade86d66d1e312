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
            .flat_map(|report| {
                let diagnostics = report.diagnostics.iter();
                diagnostics.map(|it| self.one(it, &report.sources))
            })
            .collect();
        let document = json!({
            "version": 1,
            "columns": "utf16",
            "diagnostics": diagnostics,
        });
        inert::json(&format!("{document:#}\n"))
    }

    /// One diagnostic.
    #[must_use]
    pub fn one(self, diagnostic: &Diagnostic, sources: &Sources) -> Value {
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
}

fn label(label: &Label, sources: &Sources) -> Option<Value> {
    let mut value = Region::of(label.at.place(sources)?, sources).to_json();
    value["text"] = label.text.as_str().into();
    Some(value)
}

fn fix(fix: &Fix, sources: &Sources) -> Option<Value> {
    let edits = fix.edits(sources);
    let edit = |Edit { place, replacement }: &Edit| {
        let mut value = Region::of(place, sources).to_json();
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
