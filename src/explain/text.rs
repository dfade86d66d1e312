//! Explanations for people.

use super::{
    fields::Field,
    influence::{Asked, Influence, State, Stated},
    subjects::Subject,
};
use crate::{
    diagnostics::inert_json,
    document::{Arithmetic, Origin, OriginId, Sources, Term},
};

/// Writes explanations as lines.
pub struct Text<'a> {
    /// What origins point into.
    pub sources: &'a Sources,
}

impl Text<'_> {
    /// What made some fields of a document.
    #[must_use]
    pub fn fields(&self, subject: &Subject<'_>, fields: &[Field<'_>]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut last = None;
        for field in fields {
            value(field, "", &mut last, &mut lines);
            lines.extend(self.origins(subject, field));
        }
        lines
    }

    /// What a line or a key makes.
    #[must_use]
    pub fn influence(&self, asked: &Asked, found: &Influence<'_>) -> Vec<String> {
        let mut lines: Vec<_> = asked.stated.iter().map(|it| self.stated(it)).collect();
        if let Some(nothing) = asked.nothing {
            lines.push(format!("{}: {nothing}", asked.name));
        }
        for subject in &found.objects {
            let template = subject.template;
            let of = template.map_or_else(String::new, |it| {
                format!(": the constants of the template {it}")
            });
            lines.push(format!("made for it: {}{of}", subject.name));
        }
        for (subject, fields) in &found.fields {
            lines.push(subject.name.clone());
            let mut last = None;
            for field in fields {
                value(field, "  ", &mut last, &mut lines);
            }
        }
        for it in &found.prerequisites {
            lines.push(format!("prerequisite: {}: {}", it.object, it.why));
        }
        for it in &found.diagnostics {
            let (severity, number) = (it.severity.word(), it.code.number);
            lines.push(format!("{severity}[{number}]: {}", it.title));
        }
        let is_effective = |it: &Stated| it.state == State::Effective;
        if found.is_none() && asked.nothing.is_none() && asked.stated.iter().all(is_effective) {
            lines.push(
                "nothing that is written depends on it: it chooses among what is alike here, or tells the checks a fact"
                    .to_owned(),
            );
        }
        lines
    }

    fn stated(&self, Stated { origin, state }: &Stated) -> String {
        let what = self.origin(*origin);
        let place = |id: &OriginId| self.place(*id).unwrap_or_default();
        match state {
            State::Effective => what,
            State::Inherits => format!("{what}: says what the file inherits"),
            State::Overridden(by) => {
                format!("{what} has no effect: {} says it instead", place(by))
            }
            State::Removed(by) => format!("{what} has no effect: {} removes it", place(by)),
        }
    }

    fn origins(&self, subject: &Subject<'_>, field: &Field<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        let mut defaults = Vec::new();
        for id in field.origins.iter() {
            match self.sources.origin(id) {
                Origin::Computed(how) => lines.extend(arithmetic(how)),
                // What chose it among others is said in short.
                Origin::Default { path, .. } if !lines.is_empty() => defaults.push(path.as_str()),
                _ => lines.push(format!("    {}", self.origin(id))),
            }
        }
        if !defaults.is_empty() {
            lines.push(format!("    and the default of {}", defaults.join(", ")));
        }
        if lines.is_empty() {
            let template = subject
                .template
                .map_or_else(|| "kiln".to_owned(), |name| format!("the template {name}"));
            let origins: Vec<_> = subject.origins.iter().map(|it| self.origin(it)).collect();
            let origins = match origins.as_slice() {
                [] => String::new(),
                origins => format!(", made for {}", origins.join(", ")),
            };
            lines.push(format!("    constant of {template}{origins}"));
        }
        lines
    }

    /// An origin in one line.
    #[must_use]
    pub fn origin(&self, id: OriginId) -> String {
        let place = self.place(id).unwrap_or_default();
        match self.sources.origin(id) {
            // The root of a spec has no path.
            Origin::Spec { path, .. } if path.is_empty() => place,
            Origin::Spec { path, .. } => format!("{path} at {place}"),
            Origin::Manifest { .. } => format!("manifest at {place}"),
            Origin::Default { path, reason, .. } => {
                let reason = reason.replace('\n', " ");
                let sentence = reason.split_inclusive(". ").next().unwrap_or_default();
                format!("default of {path}: {}", sentence.trim_end())
            }
            Origin::Computed(how) => format!("computed: {}", how.formula),
        }
    }

    fn place(&self, id: OriginId) -> Option<String> {
        let place = self.sources.key_place(id)?;
        let (line, column) = self.sources.line_column(place);
        let path = &self.sources.file(place.file).path;
        Some(format!("{path}:{line}:{column}"))
    }
}

/// The formula, and what its names stand for.
fn arithmetic(how: &Arithmetic) -> Vec<String> {
    let mut lines = vec![format!("    computed: {}", how.formula)];
    lines.extend(how.terms.iter().map(|Term { name, amount, why }| {
        let why = if why.is_empty() {
            String::new()
        } else {
            format!(": {why}")
        };
        format!("      {name} = {amount}{why}")
    }));
    lines
}

/// A field with its value; the path of a text stands once above its lines.
fn value(field: &Field<'_>, indent: &str, last: &mut Option<String>, lines: &mut Vec<String>) {
    let path = &field.path;
    let Some(inside) = &field.inside else {
        // Written out as JSON does, the value stays one that can be copied.
        let value = inert_json(&field.node.to_json().to_string());
        lines.push(format!("{indent}{path}: {value}"));
        *last = None;
        return;
    };
    if last.as_ref() != Some(path) {
        // The values of a file for another tool are the file.
        if !path.is_empty() {
            lines.push(format!("{indent}{path}:"));
        }
        *last = Some(path.clone());
    }
    lines.push(format!("{indent}  | {}", inside.text));
}
