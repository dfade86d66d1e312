//! Diagnostics as SARIF 2.1.0, the format of code scanning.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};

use super::{
    Code, Diagnostic, Edit, Fix, Label, Region, Report, Severity, fingerprint::Fingerprints, inert,
};
use crate::document::Sources;

/// Writes diagnostics as SARIF.
#[derive(Clone, Copy)]
pub struct Sarif<'a> {
    /// What there is to read about a code, in Markdown.
    pub page: &'a dyn Fn(&Code) -> String,
}

impl Sarif<'_> {
    /// All diagnostics of all reports, as one run.
    #[must_use]
    pub fn render(self, reports: &[Report]) -> String {
        let all = || {
            reports
                .iter()
                .flat_map(|it| it.diagnostics.iter().map(move |one| (one, &it.sources)))
        };
        let codes: BTreeMap<&str, (Code, Severity)> = all()
            .map(|(it, _)| (it.code.number, (it.code, it.severity)))
            .collect();
        let rules: Vec<_> = codes.values().map(|it| self.rule(*it)).collect();
        let mut fingerprints = Fingerprints::default();
        let results: Vec<_> = all()
            .map(|(it, sources)| {
                let index = codes.keys().position(|number| *number == it.code.number);
                let mut result = result(it, sources, &mut fingerprints);
                result["ruleIndex"] = index.into();
                result
            })
            .collect();
        let document = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "kiln",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                }},
                "columnKind": "utf16CodeUnits",
                "results": results,
            }],
        });
        inert::json(&format!("{document:#}\n"))
    }

    fn rule(self, (code, severity): (Code, Severity)) -> Value {
        json!({
            "id": code.number,
            "name": code.name,
            "shortDescription": { "text": code.name.replace('-', " ") },
            "fullDescription": { "text": code.page },
            "help": { "text": code.page, "markdown": (self.page)(&code) },
            "defaultConfiguration": { "level": severity.word() },
        })
    }
}

fn result(diagnostic: &Diagnostic, sources: &Sources, fingerprints: &mut Fingerprints) -> Value {
    let found = diagnostic.region(sources);
    let locations = |labels: &[Label]| -> Vec<Value> {
        let located = labels.iter();
        located.filter_map(|it| location(it, sources)).collect()
    };
    let (first, others) = diagnostic.labels.split_at(diagnostic.labels.len().min(1));
    let message = format!("{}\n{}", diagnostic.title, diagnostic.details());
    let fixes: Vec<_> = diagnostic
        .fixes
        .iter()
        .filter_map(|it| fix(it, sources))
        .collect();
    let mut result = json!({
        "ruleId": diagnostic.code.number,
        "level": diagnostic.severity.word(),
        "message": { "text": message.trim_end() },
        "locations": locations(first),
        "partialFingerprints": {
            "kiln/v1": fingerprints.next(diagnostic, found.as_ref()),
        },
    });
    // GitHub refuses a whole file for one result without a location.
    if let Some(found) = found.filter(|_| diagnostic.file.is_some()) {
        result["locations"] = json!([physical(&found)]);
    }
    let related = locations(others);
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if !fixes.is_empty() {
        result["fixes"] = fixes.into();
    }
    result
}

fn location(label: &Label, sources: &Sources) -> Option<Value> {
    let found = Region::of(label.at.place(sources)?, sources);
    let mut location = physical(&found);
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    Some(location)
}

fn physical(region_of: &Region) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": artifact(&region_of.path),
            "region": region(region_of),
        },
    })
}

fn fix(fix: &Fix, sources: &Sources) -> Option<Value> {
    let edits = fix.edits(sources);
    let change = |Edit { place, replacement }: &Edit| {
        let found = Region::of(place, sources);
        json!({
            "artifactLocation": artifact(&found.path),
            "replacements": [{
                "deletedRegion": region(&found),
                "insertedContent": { "text": replacement },
            }],
        })
    };
    (!edits.is_empty()).then(|| {
        json!({
            "description": { "text": fix.what },
            "artifactChanges": edits.iter().map(change).collect::<Vec<_>>(),
        })
    })
}

fn region(region: &Region) -> Value {
    json!({
        "startLine": region.line,
        "startColumn": region.column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    })
}

/// A path as a URI: relative to the root of the sources, unless it starts at that of the system.
fn artifact(path: &str) -> Value {
    if path.starts_with('/') {
        json!({ "uri": format!("file://{}", uri(path)) })
    } else {
        json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" })
    }
}

/// Escapes what RFC 3986 does not allow in a path.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            out.push(byte.into());
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
