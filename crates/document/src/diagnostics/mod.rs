//! The one type of message. Diagnostics are data; each output format is a file of its own.

mod code;
mod fingerprint;
mod fix;
mod github;
mod gitlab;
mod inert;
mod json;
mod junit;
mod region;
mod sarif;
mod text;

pub use code::{ALL as CODES, Code, codes};
pub use fingerprint::Fingerprints;
pub use fix::{Edit, Fix};
pub use github::Github;
pub use gitlab::Gitlab;
pub use inert::{json as inert_json, one_line};
pub use json::Json;
pub use junit::Junit;
pub use region::Region;
pub use sarif::Sarif;
pub use text::Text;

use std::path::Path;

pub use crate::spelling::{did_you_mean, is_slip};
use crate::{
    credentials::masked,
    document::{Node, OriginId, Origins, Place, Sources},
};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The platform would not work: nothing is written.
    Error,
    /// It works, and somebody will regret it.
    Warning,
}

impl Severity {
    /// The word for it, which the formats for machines share.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Something to say about the spec.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// Which rule speaks.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line without a full stop.
    pub title: String,
    /// Where; the first label is the place that the message is about.
    pub labels: Vec<Label>,
    /// The file that the message is about, when it is about no line of one: the title names it then.
    pub file: Option<String>,
    /// What else the reader has to know, such as the symptom that was prevented.
    pub notes: Vec<String>,
    /// What to do about it.
    pub hints: Vec<String>,
    /// Changes of the spec that fix it, each for itself.
    pub fixes: Vec<Fix>,
    /// Whether what it underlines has to stay unseen, also where a message is kept, such as a build's log.
    pub is_confidential: bool,
}

/// Diagnostics with the files that they point into.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The diagnostics.
    pub diagnostics: Diagnostics,
    /// The files.
    pub sources: Sources,
}

/// A place, and what to say there.
#[derive(Clone, Debug)]
pub struct Label {
    /// The place.
    pub at: At,
    /// What stands beside the underlined text; may be empty.
    pub text: String,
}

/// The ways in which a place is known.
#[derive(Clone, Debug)]
pub enum At {
    /// A stretch of a file.
    Place(Place),
    /// The value of an origin.
    Value(OriginId),
    /// The key of an origin.
    Key(OriginId),
}

impl At {
    /// The stretch of a file, when there is one.
    #[must_use]
    pub fn place<'a>(&'a self, sources: &'a Sources) -> Option<&'a Place> {
        match self {
            Self::Place(place) => Some(place),
            Self::Value(origin) => sources.place(*origin),
            Self::Key(origin) => sources.key_place(*origin),
        }
    }
}

impl Diagnostic {
    /// An error without a place yet.
    pub fn error(code: Code, title: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            title: shown(title),
            labels: Vec::new(),
            file: None,
            notes: Vec::new(),
            hints: Vec::new(),
            fixes: Vec::new(),
            is_confidential: false,
        }
    }

    /// A warning without a place yet.
    pub fn warning(code: Code, title: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, title)
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn lesser(self) -> Self {
        Self {
            severity: Severity::Warning,
            ..self
        }
    }

    /// The same without showing what it underlines.
    #[must_use]
    pub fn confidential(self) -> Self {
        Self {
            is_confidential: true,
            ..self
        }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, at: At, text: impl Into<String>) -> Self {
        let text = shown(text);
        self.labels.push(Label { at, text });
        self
    }

    /// Underlines the first origin of a value, when it has one.
    #[must_use]
    pub fn at_value(self, origins: &Origins, text: impl Into<String>) -> Self {
        match origins.first() {
            Some(origin) => self.at(At::Value(origin), text),
            None => self,
        }
    }

    /// Underlines the key of the first origin of a value, when it has one.
    #[must_use]
    pub fn at_key(self, origins: &Origins, text: impl Into<String>) -> Self {
        match origins.first() {
            Some(origin) => self.at(At::Key(origin), text),
            None => self,
        }
    }

    /// Underlines a node, or what stands in its place.
    #[must_use]
    pub fn at_node(self, node: &Node, text: impl Into<String>) -> Self {
        self.at_value(&node.origins, text)
    }

    /// Adds what else the reader has to know.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(shown(note));
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(shown(hint));
        self
    }

    /// Adds a change of the spec that fixes it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// Where it is, when that is known.
    #[must_use]
    pub fn region(&self, sources: &Sources) -> Option<Region> {
        let first = self.labels.first();
        let place = first.and_then(|label| label.at.place(sources));
        place
            .map(|place| Region::of(place, sources))
            .or_else(|| self.file.as_deref().map(Region::of_file))
    }

    /// The same about a file, for what concerns no single line.
    #[must_use]
    pub fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.file = Some(path.as_ref().display().to_string());
        self
    }

    /// What follows the title in formats of plain text: notes, then what to do.
    #[must_use]
    pub fn details(&self) -> String {
        let notes = self.notes.iter().map(|note| format!("note: {note}"));
        let hints = self.advice().map(|hint| format!("help: {hint}"));
        notes.chain(hints).collect::<Vec<_>>().join("\n")
    }

    /// What to do, with or without a fix.
    pub fn advice(&self) -> impl Iterator<Item = &str> {
        let hints = self.hints.iter().map(String::as_str);
        hints.chain(self.fixes.iter().map(|fix| fix.what.as_str()))
    }
}

/// What a message says, without the credentials that the values it quotes may hold.
fn shown(text: impl Into<String>) -> String {
    masked(&text.into(), &[])
}

/// The diagnostics of a run, in the order in which a reader meets their places.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Takes over what another stage said.
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Says of those that have no place that they are about a file.
    pub fn place_in_file(&mut self, path: &str) {
        for it in &mut self.0 {
            if it.labels.is_empty() && it.file.is_none() {
                it.file = Some(path.to_owned());
            }
        }
    }

    /// The diagnostics.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// Keeps those of which something holds.
    pub fn retain(&mut self, holds: impl FnMut(&Diagnostic) -> bool) {
        self.0.retain(holds);
    }

    /// The diagnostics, to be changed.
    #[must_use]
    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether anything forbids writing.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many have a severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.iter().filter(|it| it.severity == severity).count()
    }

    /// Orders by place and drops repetitions, so that the same spec always says the same.
    pub fn sort(&mut self, sources: &Sources) {
        let place = |diagnostic: &Diagnostic| {
            let first = diagnostic.labels.first();
            let place = first.and_then(|label| label.at.place(sources));
            place.map(|place| (sources.file(place.file).path.clone(), place.span.start))
        };
        self.0
            .sort_by_cached_key(|it| (place(it), it.code.number, it.title.clone()));
        self.0.dedup_by(|a, b| {
            (a.code.number, &a.title, place(a)) == (b.code.number, &b.title, place(b))
        });
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.0.extend(diagnostics);
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

/// A list of names for a message, in code quotes.
pub fn name_list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
