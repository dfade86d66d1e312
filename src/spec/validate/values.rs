//! What to say of values: their types, and all that a type alone does not say.

use std::collections::BTreeMap;

use jsonschema::ValidationError;
use serde_json::Value as Json;

use super::explain::Explainer;
use crate::{
    diagnostics::{Diagnostic, codes, did_you_mean, name_list},
    document::Node,
    spec::formats,
};

impl Explainer<'_> {
    pub(super) fn wrong_type(&self, node: &Node, error: &ValidationError<'_>) -> Diagnostic {
        let parent = self.parent(error);
        let kinds = parent.and_then(|parent| parent.get("type"));
        let kinds = match kinds {
            Some(Json::Array(kinds)) => kinds.as_slice(),
            Some(kind) => std::slice::from_ref(kind),
            None => &[],
        };
        // TOML has no null, so nobody has to hear of it.
        let names: Vec<_> = kinds.iter().filter_map(type_name).collect();
        let diagnostic = Diagnostic::error(
            codes::WRONG_TYPE,
            format!(
                "expected {}, found {}",
                names.join(" or "),
                node.value.kind()
            ),
        )
        .at_node(node, format!("this is {}", node.value.kind()));
        let text = self.text_of(node);
        if let Some(meant) = parent.and_then(|parent| meant(parent, error.instance(), text)) {
            return diagnostic.hint(meant);
        }
        let described = self.describe(error, &[]);
        if described.is_empty() {
            return diagnostic;
        }
        diagnostic.hint(described)
    }

    /// A text that breaks a pattern, or is too short or too long.
    pub(super) fn bad_text(
        &self,
        node: &Node,
        written: &Json,
        error: &ValidationError<'_>,
    ) -> Diagnostic {
        let diagnostic = Diagnostic::error(
            codes::BAD_VALUE,
            format!("{} is not a valid value", quoted(written)),
        )
        .at_node(node, "");
        let parent = self.parent(error);
        let get = |key| parent.and_then(|parent: &Json| parent.get(key));
        let hint = if let Some(examples) = get("examples").and_then(Json::as_array) {
            let examples: Vec<_> = examples.iter().map(quoted).collect();
            format!("such as {}", examples.join(", "))
        } else if let Some(pattern) = get("pattern").and_then(Json::as_str) {
            format!("it has to match `{pattern}`")
        } else {
            self.describe(error, &[])
        };
        diagnostic.hint(hint)
    }

    /// A value as it is written: `3.10` is a number that says 3.1.
    fn text_of(&self, node: &Node) -> &str {
        let sources = &self.source.sources;
        let place = node.origins.first().and_then(|it| sources.place(it));
        place.map_or("", |it| &sources.file(it.file).text[it.span.clone()])
    }
}

/// A text that its format's own type refuses.
pub(super) fn bad_format(node: &Node, written: &Json, format: &str) -> Diagnostic {
    let why = format_error(format, written.as_str().unwrap_or_default());
    let why = why.unwrap_or_else(|| format!("{} is not a valid value", quoted(written)));
    let code = if formats::is_of_name(format) {
        codes::NAME
    } else {
        codes::BAD_VALUE
    };
    Diagnostic::error(code, why).at_node(node, "")
}

/// Why a format's own type refuses a text.
pub(super) fn format_error(format: &str, text: &str) -> Option<String> {
    formats::of(format)?(text).err()
}

/// A value that is none of the texts that may stand there.
pub(super) fn not_an_option<'a>(
    node: &Node,
    options: impl IntoIterator<Item = &'a Json>,
) -> Diagnostic {
    let options: Vec<&str> = options.into_iter().filter_map(Json::as_str).collect();
    let Some(written) = node.as_str() else {
        return Diagnostic::error(
            codes::WRONG_TYPE,
            format!("expected one of {}", name_list(options.iter().copied())),
        )
        .at_node(node, format!("this is {}", node.value.kind()));
    };
    let diagnostic = Diagnostic::error(
        codes::BAD_VALUE,
        format!(
            "`{written}` is not one of {}",
            name_list(options.iter().copied())
        ),
    )
    .at_node(node, "");
    match did_you_mean(written, options.iter().copied()) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None => diagnostic,
    }
}

/// A list that may name everything only once.
pub(super) fn repeated(list: &Node) -> Diagnostic {
    let items = list.items();
    let mut first = BTreeMap::new();
    let again = items.iter().find_map(|item| {
        let before = first.insert(item.to_json().to_string(), item)?;
        Some((before, item))
    });
    let diagnostic = Diagnostic::error(codes::BAD_VALUE, "the list names something twice");
    match again {
        Some((first, item)) => diagnostic.at_node(item, "again").at_node(first, "first"),
        None => diagnostic.at_node(list, ""),
    }
}

/// A list that needs more items.
pub(super) fn too_few_items(list: &Node, limit: u64) -> Diagnostic {
    let title = match limit {
        1 => "the list needs at least one item".to_owned(),
        more => format!("the list needs at least {more} items"),
    };
    Diagnostic::error(codes::BAD_VALUE, title).at_node(list, "")
}

/// A table that needs more keys.
pub(super) fn too_few_keys(table: &Node, limit: u64) -> Diagnostic {
    let title = format!("the table needs at least {limit} keys");
    Diagnostic::error(codes::BAD_VALUE, title).at_node(table, "")
}

/// A number beyond a limit; `word` says on which side of it numbers may be.
pub(super) fn out_of_range(node: &Node, written: &Json, word: &str, limit: &Json) -> Diagnostic {
    let title = format!("`{written}` is out of range: {word} {limit}");
    Diagnostic::error(codes::BAD_VALUE, title).at_node(node, "")
}

/// A value that a keyword refuses of which nothing more is known.
pub(super) fn breaks_rule(node: &Node, written: &Json, keyword: &str) -> Diagnostic {
    let title = format!("{} breaks the rule `{keyword}`", quoted(written));
    Diagnostic::error(codes::BAD_VALUE, title).at_node(node, "")
}

fn type_name(kind: &Json) -> Option<&'static str> {
    Some(match kind.as_str()? {
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
        "array" => "a list",
        "object" => "a table",
        _ => return None,
    })
}

/// A value as a user would write it, for a message.
fn quoted(value: &Json) -> String {
    match value {
        Json::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}

/// What to write when a value has the wrong type only by its quotes.
fn meant(schema: &Json, written: &Json, source: &str) -> Option<String> {
    let validator = jsonschema::validator_for(schema).ok()?;
    let fits = |value: &Json| validator.is_valid(value);
    let Some(text) = written.as_str() else {
        let text = Json::String(source.to_owned());
        let scalar = !written.is_array() && !written.is_object();
        return (scalar && fits(&text)).then(|| format!("write it in quotes: `{text}`"));
    };
    let value = match text {
        "yes" | "on" => Json::Bool(true),
        "no" | "off" => Json::Bool(false),
        text => serde_json::from_str(text).ok()?,
    };
    fits(&value).then(|| format!("write it without quotes: `{value}`"))
}
