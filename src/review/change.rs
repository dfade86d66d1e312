//! What becomes of something, in the words that all formats share.

use serde::Serialize;

use super::{
    Cause,
    fields::{Difference, Said},
    objects::is_derived,
    pairs::Both,
    rules::{self, Rule},
};

/// What becomes of an object, a file for another tool, or of what the platform as a whole allows and asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What it is about, such as `Deployment/jobs/analytics`.
    pub subject: String,
    /// What happens to it.
    pub action: Action,
    /// What it was called before, where it is made under another name.
    pub was: Option<String>,
    /// The layer in which an engine applies it; none for what is not applied.
    pub layer: Option<&'static str>,
    /// What becomes of it, the worst first.
    pub effects: Vec<Effect>,
    /// What differs in it.
    pub fields: Vec<Field>,
    /// The lines of the spec that made it so.
    pub causes: Vec<Cause>,
    /// What it refers to, each with the verb.
    pub refers: Vec<(String, String)>,
}

/// What happens to a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It was not there.
    Created,
    /// It is no longer there.
    Deleted,
    /// It is another one in its place, under another name.
    Renamed,
    /// It differs.
    Changed,
    /// What it may do, or how much it asks for, differs: not a thing that is applied.
    Evaluated,
}

/// A consequence with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// The rule.
    pub rule: &'static Rule,
    /// What happens, as the end of a sentence about the subject.
    pub what: String,
    /// What belongs to it.
    pub notes: Vec<String>,
}

impl PartialOrd for Effect {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Effect {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |it: &Self| (it.rule.rank(), it.what.clone(), it.notes.clone());
        key(self).cmp(&key(other))
    }
}

impl Effect {
    pub(super) fn new(rule: &'static Rule, what: impl Into<String>) -> Self {
        Self {
            rule,
            what: what.into(),
            notes: Vec::new(),
        }
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// A field with what it said and says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Field {
    /// The field, as messages print it.
    pub path: String,
    /// What it said; none for a new one.
    pub before: Option<String>,
    /// What it says; none for one that is gone.
    pub after: Option<String>,
    /// Whether it follows from other fields, as a checksum does.
    pub derived: bool,
}

impl Field {
    /// What differs, as it is shown. That something has another name shows in many fields of it.
    pub(super) fn all(differences: &[Difference], both: Option<&Both<'_>>) -> Vec<Self> {
        let text = |said: &Option<Said>| said.as_ref().map(|it| it.text.clone());
        let fields = differences.iter().map(|it| {
            let (before, after) = (text(&it.before), text(&it.after));
            let is_renamed = both.is_some_and(|both| {
                let texts = before.as_ref().zip(after.as_ref());
                texts.is_some_and(|(before, after)| both.renames(before, after))
            });
            Self {
                path: it.path.clone(),
                before,
                after,
                derived: is_renamed || is_derived(&it.path),
            }
        });
        fields.collect()
    }
}

impl Change {
    /// The rank of its worst effect.
    #[must_use]
    pub fn worst(&self) -> usize {
        let ranks = self.effects.iter().map(|it| it.rule.rank());
        ranks.min().unwrap_or(rules::ALL.len())
    }

    /// A sentence about something that is not an object.
    #[must_use]
    pub fn of(subject: &str, rule: &'static Rule, what: &str) -> Self {
        Self::evaluated(
            subject.to_owned(),
            vec![Effect::new(rule, what)],
            Vec::new(),
        )
    }

    pub(super) fn evaluated(subject: String, effects: Vec<Effect>, causes: Vec<Cause>) -> Self {
        Self {
            subject,
            action: Action::Evaluated,
            was: None,
            layer: None,
            effects,
            fields: Vec::new(),
            causes,
            refers: Vec::new(),
        }
    }
}
