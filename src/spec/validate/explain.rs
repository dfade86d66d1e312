//! What each error of the library means to whoever wrote the spec. The library's own texts are never
//! shown.

use std::collections::BTreeSet;

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value as Json;

use super::{
    SpecFault,
    location::keys_of,
    values::{
        bad_format, breaks_rule, not_an_option, out_of_range, repeated, too_few_items, too_few_keys,
    },
};
use crate::{diagnostics::Diagnostic, spec::Source};

/// Turns the library's errors into faults of the spec.
pub(super) struct Explainer<'a> {
    pub(super) source: &'a Source,
    pub(super) schema: &'a Json,
}

impl Explainer<'_> {
    /// The format of a text says more exactly what is wrong with it than the patterns beside it, which
    /// are for editors.
    pub(super) fn explain_all(&self, errors: &[ValidationError<'_>]) -> Vec<SpecFault> {
        let is_of_format =
            |error: &&ValidationError<'_>| matches!(error.kind(), Kind::Format { .. });
        let explained: BTreeSet<String> = errors
            .iter()
            .filter(is_of_format)
            .map(|error| error.instance_path().to_string())
            .collect();
        let is_said = |error: &&ValidationError<'_>| match error.kind() {
            // Names of entries and of labels have formats, all of them.
            Kind::PropertyNames { error: inner } => is_of_text(inner),
            _ => is_of_text(error) && explained.contains(&error.instance_path().to_string()),
        };
        let errors = errors.iter().filter(|error| !is_said(error));
        errors.flat_map(|error| self.explain(error)).collect()
    }

    fn explain(&self, error: &ValidationError<'_>) -> Vec<SpecFault> {
        let pointer = error.instance_path().to_string();
        let node = self.node(&pointer);
        let written = error.instance();
        let fault = |keys, diagnostic| vec![SpecFault { diagnostic, keys }];
        let of_value = |diagnostic: Diagnostic| fault(keys_of(&pointer), diagnostic);
        let of_key = |key: &str, diagnostic: Diagnostic| {
            let keys = [keys_of(&pointer), vec![key.to_owned()]].concat();
            fault(keys, diagnostic)
        };
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => unexpected
                .iter()
                .flat_map(|key| of_value(self.unknown_key(node, key, error)))
                .collect(),
            // A hole that a syntax error left proves nothing.
            Kind::Required { .. } if self.source.broken => Vec::new(),
            Kind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                of_key(key, self.missing_key(node, key, &pointer, error))
            }
            Kind::PropertyNames { error: inner } => {
                let key = inner.instance().as_str().unwrap_or_default();
                of_key(key, self.bad_name(node, key, inner, error))
            }
            Kind::FalseSchema => {
                let keys = keys_of(&pointer);
                let diagnostic = self.key_of_other_variant(&keys, error);
                diagnostic.map_or_else(Vec::new, |it| fault(keys, it))
            }
            Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
                self.of_choice(context, error)
            }
            Kind::Type { .. } => of_value(self.wrong_type(node, error)),
            Kind::Enum { options } => of_value(not_an_option(
                node,
                options.as_array().into_iter().flatten(),
            )),
            Kind::Constant { expected_value } => of_value(not_an_option(node, [&**expected_value])),
            Kind::Format { format } => of_value(bad_format(node, written, format)),
            Kind::Pattern { .. } | Kind::MaxLength { .. } | Kind::MinLength { .. } => {
                of_value(self.bad_text(node, written, error))
            }
            Kind::Minimum { limit } => of_value(out_of_range(node, written, "at least", limit)),
            Kind::ExclusiveMinimum { limit } => {
                of_value(out_of_range(node, written, "more than", limit))
            }
            Kind::Maximum { limit } => of_value(out_of_range(node, written, "at most", limit)),
            Kind::UniqueItems => of_value(repeated(node)),
            Kind::MinItems { limit } => of_value(too_few_items(node, *limit)),
            Kind::MinProperties { limit } => of_value(too_few_keys(node, *limit)),
            other => of_value(breaks_rule(node, written, other.keyword())),
        }
    }

    /// Of a choice, the branch that the user meant: the one whose tag or type fits, or else the one
    /// with the fewest complaints.
    fn of_choice(&self, branches: &[Branch], choice: &ValidationError<'_>) -> Vec<SpecFault> {
        let depth = depth_of(choice);
        let misfits = |branch: &Branch| branch.iter().filter(|it| is_misfit(it, depth)).count();
        let tags: Vec<_> = branches.iter().flatten().filter_map(tag_of).collect();
        let fits = branches.iter().any(|it| misfits(it) == 0);
        // No branch has this tag: all tags together are the answer.
        if let Some((pointer, _)) = tags.first()
            && !fits
        {
            let options = tags.iter().map(|(_, tag)| *tag);
            return vec![SpecFault {
                diagnostic: not_an_option(self.node(pointer), options),
                keys: keys_of(pointer),
            }];
        }
        let best = branches.iter().min_by_key(|it| (misfits(it), it.len()));
        best.map_or_else(Vec::new, |it| self.explain_all(it))
    }
}

/// What one of several schemas has against a value.
type Branch = Vec<ValidationError<'static>>;

/// The tag of which a branch says that it has to stand there, and where.
fn tag_of<'a>(error: &'a ValidationError<'_>) -> Option<(String, &'a Json)> {
    match error.kind() {
        Kind::Constant { expected_value } => {
            Some((error.instance_path().to_string(), &**expected_value))
        }
        _ => None,
    }
}

/// Whether an error says that a branch was not meant: the value has another type, or another tag.
fn is_misfit(error: &ValidationError<'_>, depth_of_choice: usize) -> bool {
    match error.kind() {
        Kind::Type { .. } => depth_of(error) == depth_of_choice,
        // A tag is the value itself, or a key of it.
        Kind::Constant { .. } | Kind::Enum { .. } => depth_of(error) <= depth_of_choice + 1,
        _ => false,
    }
}

/// How many keys lead to the value that an error is about.
fn depth_of(error: &ValidationError<'_>) -> usize {
    error.instance_path().to_string().matches('/').count()
}

/// Whether an error is about the letters of a text, of which its format says more.
fn is_of_text(error: &ValidationError<'_>) -> bool {
    matches!(
        error.kind(),
        Kind::Pattern { .. } | Kind::MaxLength { .. } | Kind::MinLength { .. }
    )
}
