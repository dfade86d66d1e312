//! Explanations as one JSON object; `docs/formats.md` documents it.

use serde_json::{Value, json};

use super::{
    fields::Field,
    influence::{Asked, Influence, State, Stated},
    subjects::Subject,
};
use crate::{
    diagnostics::{self, Region, inert_json},
    document::{Origin, OriginId, Place, Sources, Term},
};

/// Writes explanations as JSON.
pub struct Json<'a> {
    /// What origins point into.
    pub sources: &'a Sources,
}

impl Json<'_> {
    /// What made some fields of a document.
    #[must_use]
    pub fn fields(&self, environment: &str, subject: &Subject<'_>, fields: &[Field<'_>]) -> String {
        let fields = fields.iter().map(|it| self.field(subject, it));
        document(&json!({
            "version": 1,
            "environment": environment,
            "columns": "utf16",
            "fields": fields.collect::<Vec<_>>(),
        }))
    }

    /// What a line or a key makes.
    #[must_use]
    pub fn influence(&self, environment: &str, asked: &Asked, found: &Influence<'_>) -> String {
        let stated = asked.stated.iter().map(|it| self.stated(it));
        let objects = found
            .objects
            .iter()
            .map(|it| json!({"object": it.name, "file": it.file}));
        let fields = found
            .fields
            .iter()
            .flat_map(|(subject, fields)| fields.iter().map(|it| self.field(subject, it)));
        let prerequisites = found
            .prerequisites
            .iter()
            .map(|it| json!({"object": it.object.to_string(), "keys": it.keys, "why": it.why}));
        let said = found.diagnostics.iter();
        let said = said.map(|it| diagnostics::Json.one(it, self.sources));
        document(&json!({
            "version": 1,
            "environment": environment,
            "columns": "utf16",
            "asked": asked.name,
            "nothing": asked.nothing,
            "stated": stated.collect::<Vec<_>>(),
            "objects": objects.collect::<Vec<_>>(),
            "fields": fields.collect::<Vec<_>>(),
            "prerequisites": prerequisites.collect::<Vec<_>>(),
            "diagnostics": said.collect::<Vec<_>>(),
        }))
    }

    fn stated(&self, Stated { origin, state }: &Stated) -> Value {
        let (state, by) = match state {
            State::Effective => ("effective", None),
            State::Inherits => ("inherits", None),
            State::Overridden(by) => ("overridden", Some(by)),
            State::Removed(by) => ("removed", Some(by)),
        };
        let mut value = self.origin(*origin);
        value["state"] = state.into();
        value["by"] = by.map_or(Value::Null, |by| self.origin(*by));
        value
    }

    fn field(&self, subject: &Subject<'_>, field: &Field<'_>) -> Value {
        let mut value = json!({
            "object": subject.name,
            "file": subject.file,
            "path": field.path,
        });
        match &field.inside {
            Some(inside) => {
                value["line"] = inside.line.into();
                value["text"] = inside.text.into();
            }
            None => value["value"] = field.node.to_json(),
        }
        let origins = field.origins.iter().map(|it| self.origin(it));
        value["origins"] = if field.origins.is_empty() {
            let origins = subject.origins.iter().map(|it| self.origin(it));
            json!([{
                "kind": "constant",
                "template": subject.template,
                "for": origins.collect::<Vec<_>>(),
            }])
        } else {
            origins.collect()
        };
        value
    }

    fn origin(&self, id: OriginId) -> Value {
        let place = self.sources.key_place(id);
        match self.sources.origin(id) {
            Origin::Spec { path, .. } => self.placed("spec", place, &json!({"key": path})),
            Origin::Manifest { .. } => self.placed("manifest", place, &json!({})),
            Origin::Default { path, reason, .. } => {
                json!({"kind": "default", "key": path, "reason": reason})
            }
            Origin::Computed(how) => {
                let terms = how.terms.iter().map(|Term { name, amount, why }| {
                    let why = Some(*why).filter(|it| !it.is_empty());
                    json!({"name": name, "amount": amount, "why": why})
                });
                let terms: Vec<_> = terms.collect();
                json!({"kind": "computed", "formula": how.formula, "terms": terms})
            }
        }
    }

    fn placed(&self, kind: &str, place: Option<&Place>, beside: &Value) -> Value {
        let region = place.map(|it| Region::of(it, self.sources));
        let mut value = region.map_or_else(|| json!({}), |it| it.to_json());
        value["kind"] = kind.into();
        for (key, inner) in beside.as_object().into_iter().flatten() {
            value[key] = inner.clone();
        }
        value
    }
}

fn document(value: &Value) -> String {
    inert_json(&format!("{value:#}\n"))
}
