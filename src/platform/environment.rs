//! The variables of a container, and who puts them into texts before Spark reads these.

use std::{collections::BTreeMap, rc::Rc};

use super::Arguments;
use crate::document::Node;

/// What a container's processes find in their environment.
pub(super) struct Environment<'e> {
    /// The container's variables, by their names.
    pub variables: Rc<BTreeMap<&'e str, &'e Node>>,
    /// Its script, which may change them.
    pub arguments: &'e Arguments,
    /// The namespace of its pod, when this is known.
    pub namespace: Option<&'e str>,
}

/// Who fills in variables.
#[derive(Clone, Copy, Debug)]
pub(super) enum Filler<'f> {
    /// Kubernetes, in a container's command and arguments: `$(NAME)`.
    Kubernetes,
    /// A shell: `$NAME`, `${NAME}`, `${NAME:-default}`, `$(command)`.
    Shell,
    /// GNU's `envsubst`: `$NAME` and `${NAME}`, all of them or those that its argument mentions.
    Envsubst(Option<&'f str>),
}

/// Where images have Spark.
const SPARK_HOME: &str = "/opt/spark";

/// Where Spark looks for its configuration in them.
pub(super) const SPARK_CONF_DIR: &str = "/opt/spark/conf";

/// How long a text is filled, in bytes: no program takes an argument of that length, nor a `ConfigMap` a file. What
/// follows stays as it is.
const LONGEST_FILLED: usize = 4 << 20;

/// What stands for the output of a command in a filled text.
const OUTPUT: &str = "${shell:output}";

impl Environment<'_> {
    /// Fills in what is known. A variable whose value only the cluster knows becomes `${env:NAME}`, as
    /// if Spark were to look it up.
    pub(super) fn fill(&self, text: &str, by: Filler<'_>) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while filled.len() < LONGEST_FILLED
            && let Some(at) = rest.find(['$', '`'])
        {
            filled.push_str(&rest[..at]);
            let (value, length) = self.reference(&rest[at..], by);
            filled.push_str(&value);
            rest = &rest[at + length..];
        }
        filled.push_str(rest);
        filled
    }

    /// The path that a shell makes of a text; none when it is relative, or not in sight.
    pub(super) fn path(&self, written: &str) -> Option<String> {
        let mut path = self.fill(written, Filler::Shell);
        for (name, usual) in [
            ("SPARK_HOME", SPARK_HOME),
            ("SPARK_CONF_DIR", SPARK_CONF_DIR),
        ] {
            path = path.replace(&format!("${{env:{name}}}"), usual);
        }
        (path.starts_with('/') && !path.contains(['$', '*'])).then_some(path)
    }

    /// What stands for the reference with which a text begins, and the length of this in bytes.
    fn reference(&self, text: &str, by: Filler<'_>) -> (String, usize) {
        let found = match by {
            Filler::Kubernetes => enclosed(text, "$(", ')')
                .filter(|(name, _)| is_name(name))
                .map(|(name, length)| (self.lookup(name), length)),
            Filler::Envsubst(only) => variable(text)
                .filter(|(name, _)| only.is_none_or(|only| mentions(only, name)))
                .map(|(name, length)| (self.lookup(name), length)),
            Filler::Shell => variable(text)
                .map(|(name, length)| (self.lookup(name), length))
                .or_else(|| self.with_default(text))
                .or_else(|| output(text).map(|length| (OUTPUT.to_owned(), length))),
        };
        // A lone sign stands for itself; it is one byte long.
        found.unwrap_or_else(|| (text[..1].to_owned(), 1))
    }

    /// The shell's `${NAME:-default}`.
    fn with_default(&self, text: &str) -> Option<(String, usize)> {
        let (inside, length) = enclosed(text, "${", '}')?;
        let (name, default) = inside.split_once(":-").or(inside.split_once('-'))?;
        is_name(name).then(|| {
            let value = if self.has(name) {
                self.lookup(name)
            } else {
                self.fill(default, Filler::Shell)
            };
            (value, length)
        })
    }

    fn lookup(&self, name: &str) -> String {
        self.value(name)
            .map_or_else(|| format!("${{env:{name}}}"), str::to_owned)
    }

    fn has(&self, name: &str) -> bool {
        self.variables.contains_key(name) || self.arguments.assigned(name).is_some()
    }

    /// The value of a variable, when the manifest or the script says it.
    fn value(&self, name: &str) -> Option<&str> {
        if let Some(value) = self.arguments.assigned(name) {
            return (!value.contains(['$', '`'])).then_some(value);
        }
        let variable = self.variables.get(name)?;
        match variable.str_at(["valueFrom", "fieldRef", "fieldPath"]) {
            Some("metadata.namespace") => self.namespace,
            Some(_) => None,
            // Kubernetes fills in variables of variables.
            None => variable
                .str_at(["value"])
                .filter(|value| !value.contains("$(") && !value.contains('\n')),
        }
    }
}

/// The name in `$NAME` or `${NAME}`, and the length of the whole.
fn variable(text: &str) -> Option<(&str, usize)> {
    if let Some((name, length)) = enclosed(text, "${", '}') {
        return is_name(name).then_some((name, length));
    }
    let rest = text.strip_prefix('$')?;
    let end = rest.find(|it: char| !is_of_name(it)).unwrap_or(rest.len());
    let name = &rest[..end];
    is_name(name).then_some((name, 1 + end))
}

/// How many letters of a text are looked through for the end of a command: one that ends nowhere would be followed to
/// the end of the text, from each place where one begins.
const LONGEST_COMMAND: usize = 2000;

/// The length of `$(command)` or of a command in backticks.
fn output(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix('`') {
        return Some(rest.find('`')? + 2);
    }
    let mut depth = 0_usize;
    for (at, letter) in text.strip_prefix('$')?.char_indices().take(LONGEST_COMMAND) {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then_some(at + 2);
        }
    }
    None
}

fn enclosed<'t>(text: &'t str, open: &str, close: char) -> Option<(&'t str, usize)> {
    let (inside, _) = text.strip_prefix(open)?.split_once(close)?;
    Some((inside, open.len() + inside.len() + close.len_utf8()))
}

/// Whether the argument of `envsubst` mentions a variable.
fn mentions(only: &str, name: &str) -> bool {
    let starts = only.match_indices('$').map(|(at, _)| &only[at..]);
    starts
        .filter_map(variable)
        .any(|(mentioned, _)| mentioned == name)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|it: char| it.is_ascii_digit())
        && text.chars().all(is_of_name)
}

const fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}
