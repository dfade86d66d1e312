//! Label selectors, and labels that may be known in part.

use std::{collections::BTreeMap, ops::Not};

use crate::document::Node;

/// An answer that may lack a fact. Ordered, so that the least of answers is their conjunction and
/// the greatest their disjunction (Kleene's logic).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// No, whatever the missing facts are.
    No,
    /// It depends on what nobody stated.
    Unknown,
    /// Yes, whatever the missing facts are.
    Yes,
}

impl Answer {
    /// Whether all answers are yes, as far as they are known; yes when there are none.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().min().unwrap_or(Self::Yes)
    }

    /// Whether any answer is yes, as far as they are known; no when there are none.
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().max().unwrap_or(Self::No)
    }
}

impl Not for Answer {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Answer {
    fn from(answer: bool) -> Self {
        if answer { Self::Yes } else { Self::No }
    }
}

/// The labels of a pod or a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels<'a> {
    /// The values, where they are known.
    known: BTreeMap<&'a str, Option<&'a str>>,
    has_others: bool,
    /// A label that is surely not among the others.
    absent: Option<&'a str>,
}

impl<'a> Labels<'a> {
    /// These labels, and perhaps others: of objects that somebody else makes.
    #[must_use]
    pub fn and_others(self) -> Self {
        Self {
            has_others: true,
            ..self
        }
    }

    /// These labels, and surely not this one.
    #[must_use]
    pub fn without(self, key: &'a str) -> Self {
        Self {
            absent: Some(key),
            ..self
        }
    }

    /// Whether there may be more labels than these.
    #[must_use]
    pub const fn has_others(&self) -> bool {
        self.has_others
    }

    /// The labels of a node that maps keys to values, such as `metadata.labels`.
    #[must_use]
    pub fn of(node: Option<&'a Node>) -> Self {
        let entries = node.into_iter().flat_map(Node::entries);
        entries
            .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
            .collect()
    }

    /// Sets a label.
    pub fn insert(&mut self, key: &'a str, value: &'a str) {
        self.known.insert(key, Some(value));
    }

    /// Sets a label whose value nobody knows.
    pub fn insert_unknown(&mut self, key: &'a str) {
        self.known.insert(key, None);
    }

    /// Whether a `LabelSelector` selects what carries these labels. An empty selector selects
    /// everything; for an absent one there is no rule that holds everywhere, so callers decide.
    ///
    /// What the API server would refuse, such as an unknown operator, selects nobody knows what.
    /// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>
    #[must_use]
    pub fn match_selector(&self, selector: &Node) -> Answer {
        let labels = selector.get("matchLabels");
        let labels = labels.map_or(Answer::Yes, |it| self.match_labels(it));
        let expressions = selector.list_at(["matchExpressions"]).iter();
        let expressions = Answer::all(expressions.map(|it| self.match_expression(it)));
        labels.min(expressions)
    }

    /// Whether these labels are all of a mapping's, such as the `selector` of a Service.
    #[must_use]
    pub fn match_labels(&self, labels: &Node) -> Answer {
        let labels = labels.entries();
        Answer::all(labels.map(|(key, value)| self.is_any(key, std::slice::from_ref(value))))
    }

    /// The labels whose values are known.
    pub fn known(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        let known = self.known.iter();
        known.filter_map(|(key, value)| Some((*key, (*value)?)))
    }

    /// Whether a label is known to have a value.
    #[must_use]
    pub fn has_value(&self, key: &str, value: &str) -> bool {
        self.known.get(key) == Some(&Some(value))
    }

    fn match_expression(&self, expression: &Node) -> Answer {
        let text = |field| expression.str_at([field]);
        let (Some(key), Some(operator)) = (text("key"), text("operator")) else {
            return Answer::Unknown;
        };
        let values = expression.list_at(["values"]);
        match (operator, values.is_empty()) {
            ("In", false) => self.is_any(key, values),
            // What lacks the label has none of its values.
            ("NotIn", false) => !self.is_any(key, values),
            ("Exists", true) => self.has(key),
            ("DoesNotExist", true) => !self.has(key),
            _ => Answer::Unknown,
        }
    }

    fn has(&self, key: &str) -> Answer {
        match self.known.get(key) {
            None if self.has_others && self.absent != Some(key) => Answer::Unknown,
            value => value.is_some().into(),
        }
    }

    fn is_any(&self, key: &str, values: &[Node]) -> Answer {
        match self.known.get(key) {
            None => self.has(key),
            Some(None) => Answer::Unknown,
            Some(value) => values.iter().any(|it| it.as_str() == *value).into(),
        }
    }
}

/// Selectors by a label that each asks for, so that those which may select something are found without
/// trying all.
#[derive(Clone, Debug, Default)]
pub struct Selectors {
    /// Their positions, by the key and the value.
    asking: BTreeMap<String, BTreeMap<String, Vec<usize>>>,
    /// Those that ask for no single value.
    others: Vec<usize>,
    count: usize,
}

impl Selectors {
    /// Adds the `matchLabels` of one; it has the next position.
    pub fn push(&mut self, labels: Option<&Node>) {
        let mut entries = labels.into_iter().flat_map(Node::entries);
        let asked = entries.find_map(|(key, value)| Some((key, value.as_str()?)));
        let positions = match asked {
            Some((key, value)) => {
                let values = self.asking.entry(key.clone()).or_default();
                values.entry(value.to_owned()).or_default()
            }
            None => &mut self.others,
        };
        positions.push(self.count);
        self.count += 1;
    }

    /// The positions of those that may select what carries these labels, in order.
    #[must_use]
    pub fn candidates(&self, labels: &Labels<'_>) -> Vec<usize> {
        let mut found = self.others.clone();
        for (key, values) in &self.asking {
            match labels.known.get(key.as_str()) {
                Some(Some(value)) => found.extend(values.get(*value).into_iter().flatten()),
                None if labels.has(key) == Answer::No => {}
                _ => found.extend(values.values().flatten()),
            }
        }
        found.sort_unstable();
        found
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(labels: I) -> Self {
        Self {
            known: labels
                .into_iter()
                .map(|(key, value)| (key, Some(value)))
                .collect(),
            has_others: false,
            absent: None,
        }
    }
}
