//! The schema's verdict on a spec, in our own words.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value as Json;

use super::{
    NameReference, NamedFiles, Schema, Source, Unread, accept::accepts, complete, formats, variants,
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, Fix, codes, did_you_mean, is_slip, name_list},
    document::{Node, Origins, Value},
};

/// A fault of a spec.
#[derive(Clone, Debug)]
pub struct SpecFault {
    /// What to say.
    pub diagnostic: Diagnostic,
    /// The keys that lead to the value to blame.
    pub keys: Vec<String>,
}

/// What validation found.
#[derive(Debug)]
pub struct Validated {
    /// What is wrong.
    pub diagnostics: Diagnostics,
    /// The parts that have a fault.
    pub unread: Unread,
    /// The values that name entries of tables.
    pub references: Vec<NameReference>,
    /// The values that name files.
    pub files: Vec<NamedFiles>,
}

/// Checks a spec against the schema, fills in its defaults and resolves the names in it.
pub fn validate(source: &mut Source, schema: &Schema) -> Validated {
    let validator = schema.validator();
    let schema = &schema.json;
    variants::leave_inherited(&mut source.root, schema, schema, &source.sources);
    let mut diagnostics = Diagnostics::default();
    let mut unread = Unread::default();
    let mut blame = |finding: SpecFault| {
        unread.insert(&finding.keys);
        diagnostics.push(finding.diagnostic);
    };
    if accepts(schema, &source.root) {
        debug_assert!(validator.is_valid(&source.root.to_json()));
    } else {
        let json = source.root.to_json();
        let errors: Vec<_> = validator.iter_errors(&json).collect();
        let explainer = Explainer { source, schema };
        let findings = explainer.explain_all(&errors);
        // A hole that a syntax error left, or a default's absence, is no fault of a value.
        debug_assert!(!findings.is_empty() || source.broken, "{json:#}");
        findings.into_iter().for_each(&mut blame);
    }
    let found = complete::complete(&mut source.root, schema, &mut source.sources);
    for reference in &found.references {
        if let Some(diagnostic) = unresolved(reference, &source.root) {
            // Where the names themselves could not be read, none is wrong.
            let mut keys = reference.table.split('.');
            let is_known = match source.root.at(keys.clone()).map(|it| &it.value) {
                Some(Value::Map(_) | Value::List(_)) => !unread.has_any_table(),
                _ => !unread.has_any(keys.next().unwrap_or_default()),
            };
            unread.insert(&reference.keys);
            if is_known {
                diagnostics.push(diagnostic);
            }
        }
    }
    Validated {
        diagnostics,
        unread,
        references: found.references,
        files: found.files,
    }
}

fn unresolved(reference: &NameReference, root: &Node) -> Option<Diagnostic> {
    let NameReference {
        table,
        name,
        origins,
        ..
    } = reference;
    let entries = root.at(table.split('.'));
    let known: Vec<&str> = match entries.map(|entries| &entries.value) {
        Some(Value::Map(map)) => map.keys().map(String::as_str).collect(),
        Some(Value::List(items)) => items.iter().filter_map(Node::as_str).collect(),
        _ => Vec::new(),
    };
    if known.contains(&name.as_str()) {
        return None;
    }
    let diagnostic = unknown_name(table, name, &known, origins);
    Some(match entries {
        Some(entries) if matches!(entries.value, Value::List(_)) => {
            diagnostic.at_node(entries, "it would have to be one of these")
        }
        _ => diagnostic,
    })
}

/// The error of a name that a table of the spec does not have.
#[must_use]
pub fn unknown_name(table: &str, name: &str, known: &[&str], origins: &Origins) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        codes::UNKNOWN_NAME,
        format!("there is no `{name}` in `{table}`"),
    )
    .at_value(origins, "unknown name");
    match did_you_mean(name, known.iter().copied()) {
        Some(meant) => diagnostic.hint(format!("did you mean `{meant}`?")),
        None if known.is_empty() => {
            diagnostic.hint(format!("the spec has no `{table}` yet: add it there"))
        }
        None => diagnostic.hint(format!(
            "`{table}` has {}",
            name_list(known.iter().copied())
        )),
    }
}

/// Turns a validation error into findings. The crate's own texts are never shown.
struct Explainer<'a> {
    source: &'a Source,
    schema: &'a Json,
}

impl Explainer<'_> {
    /// The format of a text says more exactly what is wrong with it than the patterns beside it, which
    /// are for editors.
    fn explain_all(&self, errors: &[ValidationError<'_>]) -> Vec<SpecFault> {
        let is_of_format =
            |error: &&ValidationError<'_>| matches!(error.kind(), Kind::Format { .. });
        let explained: BTreeSet<String> = errors
            .iter()
            .filter(is_of_format)
            .map(|error| error.instance_path().to_string())
            .collect();
        let is_weaker = |error: &ValidationError<'_>| {
            matches!(
                error.kind(),
                Kind::Pattern { .. } | Kind::MaxLength { .. } | Kind::MinLength { .. }
            )
        };
        let is_said = |error: &&ValidationError<'_>| match error.kind() {
            // Names of entries and of labels have formats, all of them.
            Kind::PropertyNames { error: inner } => is_weaker(inner),
            _ => is_weaker(error) && explained.contains(&error.instance_path().to_string()),
        };
        let errors = errors.iter().filter(|error| !is_said(error));
        errors.flat_map(|error| self.explain(error)).collect()
    }

    fn explain(&self, error: &ValidationError<'_>) -> Vec<SpecFault> {
        let pointer = error.instance_path().to_string();
        let node = self.node(&pointer);
        let written = error.instance();
        let keys = keys_of(&pointer);
        let finding = |diagnostic: Diagnostic| SpecFault {
            diagnostic,
            keys: keys.clone(),
        };
        let below = |key: &str| [&keys[..], &[key.to_owned()]].concat();
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => unexpected
                .iter()
                .map(|key| finding(self.unknown_key(node, key, error)))
                .collect(),
            Kind::Required { property } => {
                // A hole that a syntax error left proves nothing.
                if self.source.broken {
                    return Vec::new();
                }
                let key = property.as_str().unwrap_or_default();
                vec![SpecFault {
                    diagnostic: self.missing_key(node, key, &pointer, error),
                    keys: below(key),
                }]
            }
            Kind::FalseSchema => {
                let found = self.key_of_other_variant(&keys, error);
                found.map(finding).into_iter().collect()
            }
            Kind::Type { .. } => vec![finding(self.wrong_type(node, error))],
            Kind::Enum { options } => vec![finding(bad_enum(node, options))],
            Kind::Constant { expected_value } => {
                let options = Json::Array(vec![(**expected_value).clone()]);
                vec![finding(bad_enum(node, &options))]
            }
            Kind::OneOfNotValid { context } | Kind::AnyOf { context } => {
                self.best_branch(context, error)
            }
            Kind::PropertyNames { error: inner } => {
                let key = inner.instance().as_str().unwrap_or_default();
                vec![SpecFault {
                    diagnostic: self.bad_name(node, key, inner, error),
                    keys: below(key),
                }]
            }
            Kind::Format { format } => {
                let why = format_error(format, written.as_str().unwrap_or_default());
                let why =
                    why.unwrap_or_else(|| format!("{} is not a valid value", quoted(written)));
                let code = if formats::is_of_name(format) {
                    codes::NAME
                } else {
                    codes::BAD_VALUE
                };
                vec![finding(Diagnostic::error(code, why).at_node(node, ""))]
            }
            Kind::Pattern { .. } | Kind::MaxLength { .. } | Kind::MinLength { .. } => {
                vec![finding(self.bad_text(node, written, error))]
            }
            Kind::Minimum { limit } => vec![finding(bounds(node, written, "at least", limit))],
            Kind::ExclusiveMinimum { limit } => {
                vec![finding(bounds(node, written, "more than", limit))]
            }
            Kind::Maximum { limit } => vec![finding(bounds(node, written, "at most", limit))],
            Kind::UniqueItems => vec![finding(repeated(node))],
            Kind::MinItems { limit } => vec![finding(
                Diagnostic::error(
                    codes::BAD_VALUE,
                    match limit {
                        1 => "the list needs at least one item".to_owned(),
                        more => format!("the list needs at least {more} items"),
                    },
                )
                .at_node(node, ""),
            )],
            Kind::MinProperties { limit } => vec![finding(
                Diagnostic::error(
                    codes::BAD_VALUE,
                    format!("the table needs at least {limit} keys"),
                )
                .at_node(node, ""),
            )],
            other => vec![finding(
                Diagnostic::error(
                    codes::BAD_VALUE,
                    format!("{} breaks the rule `{}`", quoted(written), other.keyword()),
                )
                .at_node(node, ""),
            )],
        }
    }

    fn bad_name(
        &self,
        table: &Node,
        key: &str,
        inner: &ValidationError<'_>,
        error: &ValidationError<'_>,
    ) -> Diagnostic {
        let origins = table
            .get(key)
            .map_or_else(|| table.origins.clone(), |it| it.origins.clone());
        let why = match inner.kind() {
            Kind::Format { format } => format_error(format, key),
            _ => None,
        };
        let diagnostic = match why {
            Some(why) => Diagnostic::error(codes::NAME, why),
            None => Diagnostic::error(codes::NAME, format!("`{key}` cannot be a name here"))
                .hint(self.describe(error, &["propertyNames"])),
        };
        diagnostic.at_key(&origins, "")
    }

    fn unknown_key(&self, table: &Node, key: &str, error: &ValidationError<'_>) -> Diagnostic {
        let origins = table
            .get(key)
            .map_or_else(Origins::none, |it| it.origins.clone());
        let known = self.properties(error);
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_KEY, format!("unknown key `{key}`"))
            .at_key(&origins, "not a key of this table");
        diagnostic = match did_you_mean(key, known.iter().map(String::as_str)) {
            Some(meant) => {
                let what = format!("did you mean `{meant}`?");
                let is_sure = is_slip(key, meant) && table.get(meant).is_none();
                match origins.first().filter(|_| is_sure) {
                    Some(entry) => diagnostic.fix(Fix::rename(what, entry, key, meant)),
                    None => diagnostic.hint(what),
                }
            }
            None if key.starts_with("spark.") => {
                diagnostic.hint("properties of Spark belong into the table `conf`")
            }
            None => diagnostic.hint(format!(
                "the keys here are {}",
                name_list(known.iter().map(String::as_str))
            )),
        };
        diagnostic
    }

    /// A key that the chosen variant of a table demands.
    fn missing_key_of_variant(
        &self,
        table: &Node,
        key: &str,
        error: &ValidationError<'_>,
    ) -> Option<Diagnostic> {
        let schema = self.table_with_variants(error)?;
        let chosen = variants::chosen(schema, table);
        let variant = chosen.iter().find(|it| it.demands(key))?;
        let title = format!("{} needs the key `{key}`", variant.text());
        let diagnostic = Diagnostic::error(codes::MISSING_KEY, title);
        let diagnostic = match table.get(variant.tag) {
            Some(tag) => diagnostic.at_node(tag, "this asks for it"),
            None => diagnostic.at_key(&table.origins, format!("`{key}` is missing here")),
        };
        let property = schema.get("properties")?.get(key)?;
        Some(diagnostic.hint(described(self.schema, property)))
    }

    /// A key that only other variants of its table have than the chosen one.
    fn key_of_other_variant(
        &self,
        keys: &[String],
        error: &ValidationError<'_>,
    ) -> Option<Diagnostic> {
        let schema = self.table_with_variants(error)?;
        let (key, above) = keys.split_last()?;
        let table = self.source.root.at(above.iter().map(String::as_str))?;
        let chosen = variants::chosen(schema, table);
        let variant = chosen.iter().find(|it| it.refuses(key))?;
        let tag = variant.tag;
        let others = variants::owners(schema, tag, key);
        let mut diagnostic = Diagnostic::error(
            codes::CONFLICT,
            format!("`{key}` has a meaning only with {others}"),
        )
        .at_key(&table.get(key)?.origins, "");
        if let Some(stated) = table.get(tag) {
            diagnostic = diagnostic.at_node(stated, format!("the {tag} is stated here"));
        }
        if let Some(choice) = variants::choice(self.schema, schema, variant) {
            let about = described(self.schema, choice);
            diagnostic = diagnostic.note(format!("`{}` means: {about}", variant.name));
        }
        Some(diagnostic.hint(format!("remove it, or set {others}")))
    }

    /// The schema of the table whose variants an error is about.
    fn table_with_variants(&self, error: &ValidationError<'_>) -> Option<&Json> {
        let path = error.schema_path().to_string();
        let (table, _) = path
            .rsplit_once("/allOf/")
            .filter(|(_, rule)| rule.contains("/then/"))?;
        self.schema_at(table)
    }

    fn missing_key(
        &self,
        table: &Node,
        key: &str,
        pointer: &str,
        error: &ValidationError<'_>,
    ) -> Diagnostic {
        if let Some(diagnostic) = self.missing_key_of_variant(table, key, error) {
            return diagnostic;
        }
        let path = pointer.trim_start_matches('/').replace('/', ".");
        let place = if path.is_empty() {
            "the spec".to_owned()
        } else {
            format!("`{path}`")
        };
        let mut diagnostic =
            Diagnostic::error(codes::MISSING_KEY, format!("{place} needs the key `{key}`"))
                .at_key(&table.origins, format!("`{key}` is missing here"));
        let property = self
            .parent(error)
            .and_then(|parent| parent.get("properties")?.get(key))
            .map(|property| described(self.schema, property));
        if let Some(description) = property.filter(|text| !text.is_empty()) {
            diagnostic = diagnostic.hint(description);
        }
        diagnostic
    }

    fn wrong_type(&self, node: &Node, error: &ValidationError<'_>) -> Diagnostic {
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
        // As it is written: `3.10` is a number that says 3.1.
        let place = node
            .origins
            .first()
            .and_then(|it| self.source.sources.place(it));
        let text = place.map_or("", |it| {
            &self.source.sources.file(it.file).text[it.span.clone()]
        });
        if let Some(meant) = parent.and_then(|parent| meant(parent, error.instance(), text)) {
            return diagnostic.hint(meant);
        }
        let described = self.describe(error, &[]);
        if described.is_empty() {
            return diagnostic;
        }
        diagnostic.hint(described)
    }

    fn bad_text(&self, node: &Node, written: &Json, error: &ValidationError<'_>) -> Diagnostic {
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

    /// Of a choice, the branch that the user meant: the one whose tag or type fits, or else the one
    /// with the fewest complaints.
    fn best_branch(
        &self,
        context: &[Vec<ValidationError<'static>>],
        error: &ValidationError<'_>,
    ) -> Vec<SpecFault> {
        let depth = error.instance_path().to_string().matches('/').count();
        let misfit = |branch: &&Vec<ValidationError<'static>>| {
            let at_choice = |inner: &ValidationError<'_>| {
                let inner_depth = inner.instance_path().to_string().matches('/').count();
                match inner.kind() {
                    Kind::Type { .. } => inner_depth == depth,
                    Kind::Constant { .. } | Kind::Enum { .. } => inner_depth <= depth + 1,
                    _ => false,
                }
            };
            (
                branch.iter().filter(|inner| at_choice(inner)).count(),
                branch.len(),
            )
        };
        let fitting: Vec<_> = context
            .iter()
            .filter(|branch| misfit(branch).0 == 0)
            .collect();
        let tags: Vec<Json> = context
            .iter()
            .flatten()
            .filter_map(|inner| match inner.kind() {
                Kind::Constant { expected_value } => Some((**expected_value).clone()),
                _ => None,
            })
            .collect();
        match (fitting.first(), tags.is_empty()) {
            (Some(_), _) => {
                let best = fitting.into_iter().min_by_key(misfit);
                best.map_or_else(Vec::new, |inner| self.explain_all(inner))
            }
            // No branch has this tag: all tags together are the answer.
            (None, false) => {
                let inner = context
                    .iter()
                    .flatten()
                    .find(|inner| matches!(inner.kind(), Kind::Constant { .. }));
                let pointer = inner.map_or_else(String::new, |it| it.instance_path().to_string());
                let node = self.node(&pointer);
                vec![SpecFault {
                    diagnostic: bad_enum(node, &Json::Array(tags)),
                    keys: keys_of(&pointer),
                }]
            }
            (None, true) => {
                let best = context.iter().min_by_key(misfit);
                best.map_or_else(Vec::new, |inner| self.explain_all(inner))
            }
        }
    }

    /// The node that an error is about; the nearest one that exists.
    fn node(&self, pointer: &str) -> &Node {
        let mut node = &self.source.root;
        for key in keys_of(pointer) {
            let inner = match &node.value {
                Value::Map(map) => map.get(&key),
                Value::List(items) => key.parse().ok().and_then(|at: usize| items.get(at)),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    /// The schema that holds the keyword that failed.
    fn parent(&self, error: &ValidationError<'_>) -> Option<&Json> {
        let path = error.schema_path().to_string();
        self.schema_at(path.rsplit_once('/').map_or("", |(parent, _)| parent))
    }

    /// The schema to which a path of keywords leads.
    fn schema_at(&self, path: &str) -> Option<&Json> {
        let mut schema = self.schema;
        for key in path.split('/').skip(1) {
            let key = key.replace("~1", "/").replace("~0", "~");
            schema = match key.as_str() {
                "$ref" => complete::follow(self.schema, schema),
                key => match schema {
                    Json::Array(items) => items.get(key.parse::<usize>().ok()?)?,
                    schema => complete::enter(self.schema, schema).get(key)?,
                },
            };
        }
        Some(complete::enter(self.schema, schema))
    }

    fn properties(&self, error: &ValidationError<'_>) -> Vec<String> {
        self.parent(error)
            .and_then(|parent| parent.get("properties")?.as_object())
            .map(|properties| properties.keys().cloned().collect())
            .unwrap_or_default()
    }

    fn describe(&self, error: &ValidationError<'_>, below: &[&str]) -> String {
        let Some(schema) = self.parent(error) else {
            return String::new();
        };
        let schema = below
            .iter()
            .try_fold(schema, |schema, key| schema.get(key))
            .unwrap_or(schema);
        described(self.schema, schema)
    }
}

/// Why a format's own type refuses a text.
fn format_error(format: &str, text: &str) -> Option<String> {
    formats::of(format)?(text).err()
}

/// The keys of a JSON pointer.
fn keys_of(pointer: &str) -> Vec<String> {
    let keys = pointer.split('/').skip(1);
    keys.map(|key| key.replace("~1", "/").replace("~0", "~"))
        .collect()
}

fn bad_enum(node: &Node, options: &Json) -> Diagnostic {
    let options: Vec<&str> = options
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
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
fn repeated(list: &Node) -> Diagnostic {
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

fn bounds(node: &Node, written: &Json, word: &str, limit: &Json) -> Diagnostic {
    Diagnostic::error(
        codes::BAD_VALUE,
        format!("`{written}` is out of range: {word} {limit}"),
    )
    .at_node(node, "")
}

/// The first paragraph of a schema's description, written as a hint: no capital, no full stop.
fn described(root: &Json, schema: &Json) -> String {
    let text = schema
        .get("description")
        .or_else(|| complete::follow(root, schema).get("description"))
        .and_then(Json::as_str)
        .and_then(|text| text.split("\n\n").next())
        .unwrap_or_default()
        .replace('\n', " ");
    let text = text.trim_end_matches('.');
    let word = text.split([' ', ',']).next().unwrap_or_default();
    // A name keeps its capital, and a word with another capital or digit is one: `MinIO`, `S3`.
    let is_name = PRODUCTS.contains(&word) || word.chars().skip(1).any(|it| !it.is_lowercase());
    if is_name {
        return text.to_owned();
    }
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

/// The products with which a description may begin.
const PRODUCTS: [&str; 4] = ["Airflow", "Celeborn", "Kubernetes", "Spark"];

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
