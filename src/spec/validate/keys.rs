//! What to say of keys that are unknown, missing, or no names.

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};

use serde_json::Value as Json;

use super::{explain::Explainer, values::format_error};
use crate::{
    diagnostics::{Diagnostic, Fix, codes, did_you_mean, is_slip, name_list},
    document::{Node, Origins},
    spec::variants,
};

impl Explainer<'_> {
    pub(super) fn unknown_key(
        &self,
        table: &Node,
        key: &str,
        error: &ValidationError<'_>,
    ) -> Diagnostic {
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

    pub(super) fn missing_key(
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
            .map(|property| self.described(property));
        if let Some(description) = property.filter(|text| !text.is_empty()) {
            diagnostic = diagnostic.hint(description);
        }
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
        Some(diagnostic.hint(self.described(property)))
    }

    /// A key that only other variants of its table have than the chosen one.
    pub(super) fn key_of_other_variant(
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
            let about = self.described(choice);
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

    /// A key that is the name of an entry or of a label, and cannot be.
    pub(super) fn bad_name(
        &self,
        table: &Node,
        key: &str,
        of_name: &ValidationError<'_>,
        error: &ValidationError<'_>,
    ) -> Diagnostic {
        let origins = match table.get(key) {
            Some(entry) => &entry.origins,
            None => &table.origins,
        };
        let why = match of_name.kind() {
            Kind::Format { format } => format_error(format, key),
            _ => None,
        };
        let diagnostic = match why {
            Some(why) => Diagnostic::error(codes::NAME, why),
            None => Diagnostic::error(codes::NAME, format!("`{key}` cannot be a name here"))
                .hint(self.describe(error, &["propertyNames"])),
        };
        diagnostic.at_key(origins, "")
    }
}
