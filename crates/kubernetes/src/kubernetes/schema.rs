//! Whether an object has the structure of its kind.
//!
//! A walk of our own over the [`catalogue`]: a library for JSON Schema takes milliseconds to
//! prepare one kind, and knows neither quantities nor where a value comes from. The verdict is
//! that of an API server that is asked to apply the object with strict validation; the command
//! `make conformance` compares the two.

use std::{collections::HashSet, fmt::Write};

use super::{
    Object, Quantity,
    catalogue::{self, Fields, Key, Scope, Type},
};
use crate::{
    diagnostics::{Diagnostic, Diagnostics, codes, did_you_mean, name_list},
    document::{Map, Node, Value},
};

/// Whether the catalogue knows what to validate an object against.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an object of an unknown kind was not validated"]
pub enum Coverage {
    /// The object was validated.
    Known,
    /// The kind is known, and its API version is not; these are.
    UnknownVersion(Vec<&'static str>),
    /// The kind is not known: a custom resource, or a mistake.
    UnknownKind,
}

/// Validates the structure of an object: unknown fields, wrong types, missing fields, values that
/// are none of an enumeration, broken quantities, and repeated keys of lists. All at once.
pub fn validate(object: &Object, diagnostics: &mut Diagnostics) -> Coverage {
    validate_part(object, Extent::Whole, diagnostics)
}

/// Kinds that have had the same fields for years.
const SETTLED: [&str; 8] = [
    "ClusterRole",
    "ClusterRoleBinding",
    "ConfigMap",
    "NetworkPolicy",
    "Role",
    "RoleBinding",
    "Secret",
    "ServiceAccount",
];

/// How much of an object is there, and of its definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The object is whole.
    Whole,
    /// It may be a patch of another tool: fields may be missing, list items may repeat or be empty, and
    /// keys with `$` direct the patch.
    Patch,
    /// A patch, of a kind whose definition may be of another version and know other fields.
    OpenPatch,
}

/// Validates as much of an object as is there.
pub fn validate_part(object: &Object, extent: Extent, diagnostics: &mut Diagnostics) -> Coverage {
    let identity = object.identity();
    let Some(structure) = catalogue::structure(&identity.group, object.version(), &identity.kind)
    else {
        let known: Vec<_> = catalogue::versions(&identity.group, &identity.kind).collect();
        return if known.is_empty() {
            Coverage::UnknownKind
        } else {
            Coverage::UnknownVersion(known)
        };
    };
    let mut walk = Walk {
        object,
        steps: Vec::new(),
        is_partial: extent != Extent::Whole,
        extent,
        diagnostics,
    };
    walk.value(object.node(), structure);
    Coverage::Known
}

/// Checks that an object has a namespace when its kind lives in one, and none otherwise. An
/// object of an unknown kind passes.
///
/// This is not a part of [`validate`], because a chart leaves the namespace to who installs it.
pub fn validate_scope(object: &Object, diagnostics: &mut Diagnostics) {
    let identity = object.identity();
    let metadata = object.node().get("metadata").unwrap_or(object.node());
    match (object.scope(), &identity.namespace) {
        (Some(Scope::Namespaced), None) => diagnostics.push(
            Diagnostic::error(
                codes::OBJECT_SCHEMA,
                format!("{identity} lacks `metadata.namespace`"),
            )
            .at_node(metadata, "")
            .note(format!(
                "a {} lives in a namespace; without one it lands wherever the engine applies it",
                identity.kind
            )),
        ),
        (Some(Scope::Cluster), Some(namespace)) => diagnostics.push(
            Diagnostic::error(
                codes::OBJECT_SCHEMA,
                format!("{identity} has a `metadata.namespace`"),
            )
            .at_node(metadata.get("namespace").unwrap_or(metadata), "")
            .note(format!(
                "a {} belongs to the whole cluster; the server drops `{namespace}` in silence, \
                 and an engine reports a difference for ever",
                identity.kind
            )),
        ),
        _ => {}
    }
}

struct Walk<'a> {
    object: &'a Object,
    /// The way from the object to the value under the eye.
    steps: Vec<(Step<'a>, &'a Node)>,
    /// Whether something else completes the object, so that nothing is missing.
    is_partial: bool,
    extent: Extent,
    diagnostics: &'a mut Diagnostics,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Walk<'a> {
    fn value(&mut self, node: &'a Node, expected: &'static Type) {
        match (expected, &node.value) {
            (Type::TypeName(reference), _) => self.value(node, reference.resolve()),
            (Type::Partial(whole), _) => {
                let outer = std::mem::replace(&mut self.is_partial, true);
                self.value(node, whole);
                self.is_partial = outer;
            }
            (Type::Fields(fields), Value::Map(map)) => self.fields(node, map, fields),
            (Type::Map { values, or_null }, Value::Map(map)) => {
                for (key, node) in map {
                    self.entry(key, node, values, *or_null);
                }
            }
            (Type::List { items, keys }, Value::List(list)) => {
                for (index, node) in list.iter().enumerate() {
                    self.item(index, node, items);
                }
                if let Some(keys) = keys.as_ref().filter(|_| self.extent == Extent::Whole) {
                    self.unique(list, keys);
                }
            }
            (Type::OrBoolean(_), Value::Bool(_)) => {}
            (Type::OrBoolean(other), _) => self.value(node, other),
            (expected, value) if fits(expected, value) => {}
            (_, Value::String(text)) if self.extent != Extent::Whole && is_placeholder(text) => {}
            (Type::Enumeration { known, .. }, Value::String(text)) => {
                let known = || known.iter().map(String::as_str);
                // A later version may take more.
                if self.extent != Extent::Whole && did_you_mean(text, known()).is_none() {
                    return;
                }
                let mut diagnostic = self.error(
                    node,
                    &format!("is `{text}`, and takes one of {}", name_list(known())),
                );
                if let Some(meant) = did_you_mean(text, known()) {
                    diagnostic = diagnostic.hint(format!("did you mean `{meant}`?"));
                }
                self.diagnostics.push(diagnostic);
            }
            (Type::Quantity, Value::String(text)) => {
                let why = text.parse::<Quantity>().expect_err("a quantity would fit");
                let diagnostic = self.error(node, &format!("is wrong: {why}"));
                self.diagnostics.push(diagnostic);
            }
            (Type::Bytes, Value::String(_)) => {
                let diagnostic = self
                    .error(node, "takes Base64, and this is none")
                    .hint("a Secret takes plain text under `stringData`");
                self.diagnostics.push(diagnostic);
            }
            (Type::Integer { minimum, maximum }, Value::Integer(number)) => {
                let diagnostic = self.error(
                    node,
                    &format!("is {number}, and takes an integer from {minimum} to {maximum}"),
                );
                self.diagnostics.push(diagnostic);
            }
            (expected, value) => self.wrong_type(node, expected, value),
        }
    }

    fn entry(&mut self, key: &'a str, node: &'a Node, expected: &'static Type, or_null: bool) {
        self.steps.push((Step::Key(key), node));
        match (&node.value, expected) {
            (Value::Null, Type::Any) => {}
            (Value::Null, _) if or_null => {}
            // kubectl, Helm and Argo CD drop it before a server sees it.
            (Value::Null, _) if self.extent != Extent::Whole => {}
            (Value::Null, _) => {
                let diagnostic = self
                    .error(node, "is null")
                    .note("a custom resource holds no null: leave the field out");
                self.diagnostics.push(diagnostic);
            }
            _ => self.value(node, expected),
        }
        self.steps.pop();
    }

    fn item(&mut self, index: usize, node: &'a Node, expected: &'static Type) {
        self.steps.push((Step::Index(index), node));
        if matches!(node.value, Value::Null) {
            // A server takes some of these for an empty text or object, which no one means; what others
            // apply may be there for years.
            if self.extent != Extent::Whole {
                self.steps.pop();
                return;
            }
            let diagnostic = self
                .error(node, "is null")
                .note("there is nothing behind the dash of this item");
            self.diagnostics.push(diagnostic);
        } else {
            self.value(node, expected);
        }
        self.steps.pop();
    }

    fn fields(&mut self, node: &'a Node, map: &'a Map, fields: &'static Fields) {
        for (name, node) in map {
            match fields.get(name) {
                Some(expected) => self.entry(name, node, expected, fields.or_null),
                None if self.extent == Extent::OpenPatch
                    && belongs_below(fields, name).is_none() => {}
                None if self.is_note_of_sops(name) => {}
                None if self.extent == Extent::Patch && name.starts_with('$') => {}
                None => self.unknown(name, node, fields),
            }
        }
        if self.is_partial {
            return;
        }
        let is_missing = |name: &&String| match map.get(name.as_str()) {
            Some(node) => fields.or_null && matches!(node.value, Value::Null),
            None => true,
        };
        for name in fields.required.iter().filter(is_missing) {
            let diagnostic = self.error(node, &format!("lacks `{name}`"));
            self.diagnostics.push(diagnostic);
        }
    }

    fn unknown(&mut self, name: &'a str, node: &'a Node, fields: &'static Fields) {
        let meant = did_you_mean(name, fields.names());
        // What is open has fields that the catalogue does not know, so only a slip is reported; and a
        // later version of Kubernetes may have more, except where nothing is added any more.
        let identity = self.object.identity();
        let may_be_new = self.extent == Extent::Patch && !SETTLED.contains(&identity.kind.as_str());
        let below = belongs_below(fields, name);
        if (fields.open || may_be_new) && meant.is_none() && below.is_none() {
            return;
        }
        self.steps.push((Step::Key(name), node));
        let title = format!(
            "{identity}: `{}` is not a field of a {}",
            self.path(),
            identity.kind
        );
        let mut diagnostic = if fields.open {
            Diagnostic::warning(codes::OBJECT_SCHEMA, title)
        } else {
            Diagnostic::error(codes::OBJECT_SCHEMA, title)
        }
        .at_key(&self.origin(node).origins, "");
        self.steps.pop();
        if let Some(below) = below {
            diagnostic = diagnostic.hint(format!(
                "it belongs below `{below}`, which stands beside it"
            ));
        } else if let Some(meant) = meant {
            diagnostic = diagnostic.hint(format!("did you mean `{meant}`?"));
        }
        self.diagnostics.push(diagnostic);
    }

    fn wrong_type(&mut self, node: &'a Node, expected: &Type, value: &Value) {
        let variable = self.environment_variable();
        let of = variable.map_or_else(String::new, |name| format!("of the variable `{name}` "));
        let mut diagnostic = self.error(
            node,
            &format!(
                "{of}takes {}, and this is {}",
                described(expected),
                value.kind()
            ),
        );
        if matches!(expected, Type::String | Type::Enumeration { .. })
            && matches!(value, Value::Bool(_) | Value::Integer(_) | Value::Float(_))
        {
            if variable.is_some() {
                diagnostic = diagnostic.note(
                    "an environment variable is text, but YAML reads words such as `true` and \
                     `yes`, and numbers, as something else; the whole object would be refused",
                );
            }
            // Not the value: `no` is read as `false`, and `1.10` as `1.1`.
            diagnostic = diagnostic.hint("write it in quotes, as it stands");
        }
        if let (Type::Integer { .. } | Type::Boolean | Type::Number, Value::String(text)) =
            (expected, value)
            && (text.parse::<f64>().is_ok() || matches!(text.as_str(), "true" | "false"))
        {
            diagnostic = diagnostic.hint(format!("write it without quotes: `{text}`"));
        }
        self.diagnostics.push(diagnostic);
    }

    /// Whether a field is what SOPS writes beside the values that it encrypts; whoever decrypts them takes it out.
    fn is_note_of_sops(&self, name: &str) -> bool {
        self.extent != Extent::Whole && self.steps.is_empty() && name == "sops"
    }

    /// Reports items of a list that have the same keys: the server merges lists by them.
    fn unique(&mut self, list: &'a [Node], keys: &'static [Key]) {
        let mut seen = HashSet::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            let Some(key) = key_of(item, keys) else {
                continue;
            };
            if seen.insert(key.clone()) {
                continue;
            }
            self.steps.push((Step::Index(index), item));
            let diagnostic = self
                .error(item, &format!("repeats {key}"))
                .note("the server tells the items of this list apart by this");
            self.steps.pop();
            self.diagnostics.push(diagnostic);
        }
    }

    /// An error about the value at the end of the steps.
    fn error(&self, node: &'a Node, what: &str) -> Diagnostic {
        let path = self.path();
        let place = if path.is_empty() {
            String::new()
        } else {
            format!(": `{path}`")
        };
        Diagnostic::error(
            codes::OBJECT_SCHEMA,
            format!("{}{place} {what}", self.object.identity()),
        )
        .at_node(self.origin(node), "")
    }

    /// The value itself, or the innermost around it that is not a constant of a template.
    fn origin(&self, node: &'a Node) -> &'a Node {
        let around = self.steps.iter().rev().map(|(_, node)| *node);
        std::iter::once(node)
            .chain(around)
            .chain([self.object.node()])
            .find(|node| !node.origins.is_empty())
            .unwrap_or(node)
    }

    /// The name of the environment variable whose `value` is at the end of the steps.
    fn environment_variable(&self) -> Option<&'a str> {
        match self.steps.as_slice() {
            [
                ..,
                (Step::Key("env"), _),
                (Step::Index(_), item),
                (Step::Key("value"), _),
            ] => item.str_at(["name"]),
            _ => None,
        }
    }

    /// Such as `spec.containers[0].image`.
    fn path(&self) -> String {
        let mut path = String::new();
        for (step, _) in &self.steps {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) if key.contains(['.', '/']) => {
                    write!(path, "[{key:?}]").expect("a string takes any text");
                }
                Step::Key(key) => {
                    write!(path, ".{key}").expect("a string takes any text");
                }
                Step::Index(index) => {
                    write!(path, "[{index}]").expect("a string takes any text");
                }
            }
        }
        path
    }
}

/// The field beside an unknown one that has a field of that name: what stands one level too high.
fn belongs_below(fields: &'static Fields, name: &str) -> Option<&'static str> {
    let has_it = |field: &&str| {
        let inner = fields.get(field).and_then(fields_of);
        inner.is_some_and(|it| it.get(name).is_some())
    };
    ["spec", "template"].into_iter().find(has_it)
}

/// The fields of a type, when it has some of its own.
fn fields_of(expected: &'static Type) -> Option<&'static Fields> {
    match expected {
        Type::TypeName(reference) => fields_of(reference.resolve()),
        Type::Partial(whole) => fields_of(whole),
        Type::Fields(fields) => Some(fields),
        _ => None,
    }
}

/// Whether a scalar, or anything for a type without structure, is what is expected.
fn fits(expected: &Type, value: &Value) -> bool {
    match (expected, value) {
        (Type::Any, _)
        | (Type::String | Type::IntegerOrString, Value::String(_))
        | (Type::Boolean, Value::Bool(_))
        | (Type::Number | Type::Quantity, Value::Integer(_) | Value::Float(_)) => true,
        (Type::IntegerOrString, Value::Integer(number)) => i32::try_from(*number).is_ok(),
        (Type::Integer { minimum, maximum }, Value::Integer(number)) => {
            (minimum..=maximum).contains(&number)
        }
        // On its way through JSON `3.0` becomes `3`.
        (Type::Integer { .. }, Value::Float(number)) => number.fract() == 0.0,
        (Type::Enumeration { known, or_empty }, Value::String(text)) => {
            known.contains(text) || *or_empty && text.is_empty()
        }
        (Type::Quantity, Value::String(text)) => text.parse::<Quantity>().is_ok(),
        (Type::Bytes, Value::String(text)) => is_base64(text),
        _ => false,
    }
}

/// Whether another tool has yet to put a value in the place of a text: a variable of Flux, Helm or
/// kustomize, a parameter, a name in angle brackets, or what SOPS encrypted.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    ["${", "$(", "{{"].iter().any(|it| text.contains(it))
        || text.starts_with('<') && text.ends_with('>')
        || text.starts_with("ENC[") && text.ends_with(']')
}

/// What a type takes, in the words of a message.
fn described(expected: &Type) -> &'static str {
    match expected {
        Type::String | Type::Enumeration { .. } => "a string",
        Type::Bytes => "a string of Base64",
        Type::Boolean => "a boolean",
        Type::Integer { .. } => "an integer",
        Type::Number => "a number",
        Type::Quantity => "a quantity",
        Type::IntegerOrString => "an integer or a string",
        Type::List { .. } => "a list",
        Type::Map { .. } | Type::Fields(_) => "a mapping",
        Type::Any | Type::OrBoolean(_) | Type::Partial(_) | Type::TypeName(_) => "anything",
    }
}

/// What tells an item of a list apart, for a message; none when a key is missing, which is
/// reported as a missing field.
fn key_of(item: &Node, keys: &[Key]) -> Option<String> {
    if keys.is_empty() {
        return Some(format!("`{}`", scalar_text(&item.value)?));
    }
    let parts: Option<Vec<_>> = keys
        .iter()
        .map(|key| {
            let value = match item.get(&key.name) {
                // The server fills in a default for what is absent, and not for null.
                Some(node) => scalar_text(&node.value)?,
                None => key.default.clone()?,
            };
            Some(format!("{} `{value}`", key.name))
        })
        .collect();
    Some(parts?.join(", "))
}

/// A scalar as it would be written in quotes.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

/// Whether a text is Base64 with its padding; line breaks are allowed, as Go's decoder allows them.
fn is_base64(text: &str) -> bool {
    let digits: Vec<_> = text.bytes().filter(|it| !b"\r\n".contains(it)).collect();
    let padding = digits
        .iter()
        .rev()
        .take(2)
        .take_while(|it| **it == b'=')
        .count();
    let data = &digits[..digits.len() - padding];
    digits.len().is_multiple_of(4)
        && data
            .iter()
            .all(|it| it.is_ascii_alphanumeric() || b"+/".contains(it))
}
