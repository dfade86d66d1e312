//! Credentials where everybody can read them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    checks::{Check, Findings, pages},
    credentials::{self, Naming, decoded},
    diagnostics::Diagnostic,
    document::{Node, Origins, Value},
    graph::Member,
    platform::{Platform, place},
    yaml::embedded,
};

/// The rule.
pub const CHECK: Check = pages::credential_in_plain_text(run);

/// The mappings whose keys somebody's program reads as the names of settings.
const SETTINGS: [&str; 8] = [
    "annotations",
    "binaryData",
    "data",
    "env",
    "envVars",
    "extraEnv",
    "hadoopConf",
    "sparkConf",
];

/// The keys of Secrets that are not credentials themselves.
const BESIDE: [&str; 16] = [
    "ca.crt",
    "database",
    "dbname",
    "email",
    "endpoint",
    "engine",
    "host",
    "hostname",
    "name",
    "namespace",
    "port",
    "region",
    "server",
    "tls.crt",
    "type",
    "user",
];

fn run(platform: &Platform<'_>, findings: &mut Findings) {
    for member in platform.members() {
        let identity = member.object.identity();
        // Where credentials belong. A spec with one is refused when it is read.
        if identity.kind == "Secret" || identity.kind == "CustomResourceDefinition" {
            continue;
        }
        let mut found = Found {
            member,
            is_json: false,
            credentials: Vec::new(),
        };
        found.document(member.object.node());
        let mut places = BTreeSet::new();
        for (what, origins) in found.credentials {
            // Several in one text are one to fix.
            if !origins.is_empty() && !places.insert(origins.first()) {
                continue;
            }
            let place = place(&origins, member);
            let diagnostic = CHECK
                .finds(format!("{what} stands in plain text"))
                .at_value(place, "")
                .confidential();
            let diagnostic = hinted(diagnostic, &what);
            let diagnostic = if platform.is_of_spec {
                diagnostic
            } else {
                diagnostic.lesser()
            };
            findings.push(identity, diagnostic);
        }
    }
}

/// Where the credential of a property of Spark belongs.
fn hinted(diagnostic: Diagnostic, what: &str) -> Diagnostic {
    let name = what.trim_matches('`');
    let is_variable = ["spark.executorEnv.", "spark.kubernetes.driverEnv."]
        .iter()
        .any(|it| name.starts_with(it));
    if name.starts_with("spark.hadoop.fs.s3a.") && !name.contains(".bucket.") {
        diagnostic.hint(
            "leave it out: Spark takes `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` from the environment of its \
             driver, and that from a Secret",
        )
    } else if is_variable {
        let variable = name.rsplit('.').next().unwrap_or(name);
        diagnostic.hint(format!(
            "take it from a Secret: `spark.kubernetes.driver.secretKeyRef.{variable} = \"SECRET:KEY\"`, and the same \
             of `executor`"
        ))
    } else if name.starts_with("spark.hadoop.") {
        diagnostic.hint(
            "put it into a Secret, give the driver a variable from there, and write `${env.VARIABLE}`, or name a \
             provider that asks for it at run time",
        )
    } else {
        diagnostic
    }
}

/// What a walk through an object found: what it is, and what made it.
struct Found<'a> {
    member: &'a Member,
    /// Whether the text that is read is a program's own JSON, where nothing is an object of Kubernetes.
    is_json: bool,
    credentials: Vec<(String, Origins)>,
}

impl Found<'_> {
    /// A document: an object, or what stands in a text of one.
    fn document(&mut self, node: &Node) {
        match node.str_at(["kind"]) {
            Some("Secret") => self.secret(node),
            Some("SealedSecret") => {
                self.sealed(node);
                if let Some(template) = node.at(["spec", "template"]) {
                    self.secret(template);
                }
                if let Some(metadata) = node.get("metadata") {
                    self.node(metadata, "", Naming::Field);
                }
            }
            _ => self.node(node, "", Naming::Field),
        }
    }

    /// The data of a Secret, all of which is to stay unseen.
    fn secret(&mut self, node: &Node) {
        for field in ["data", "stringData"] {
            for (key, value) in node.get(field).into_iter().flat_map(Node::entries) {
                let text = value.as_str().unwrap_or_default();
                let decoded = decoded(text).filter(|_| field == "data");
                let text = decoded.as_deref().unwrap_or(text);
                let key = key.as_str();
                // A template of a file has more than references.
                let is_plain = credentials::is_literal(text)
                    && (!credentials::is_template(text)
                        || credentials::is_credential(key, Naming::Setting, text)
                        || !credentials::find(text).is_empty());
                if is_plain && !key.ends_with("username") && !BESIDE.contains(&key) {
                    self.add(format!("`{key}` of a Secret"), value);
                }
            }
        }
    }

    fn sealed(&mut self, node: &Node) {
        let data = node.at(["spec", "encryptedData"]);
        for (key, value) in data.into_iter().flat_map(Node::entries) {
            let text = value.as_str().unwrap_or_default();
            if credentials::is_literal(text) && !credentials::is_sealed(text) {
                self.add(format!("`{key}` of a SealedSecret"), value);
            }
        }
    }

    /// A value under a key, and all that is inside.
    fn node(&mut self, node: &Node, key: &str, naming: Naming) {
        match &node.value {
            Value::String(text) => self.text(node, text, key, naming),
            Value::Integer(number) => {
                if credentials::is_credential(key, naming, &number.to_string()) {
                    self.add(format!("`{key}`"), node);
                }
            }
            Value::List(items) => self.list(items, key, naming),
            Value::Map(_) => self.mapping(node, key),
            Value::Null | Value::Bool(_) | Value::Float(_) => {}
        }
    }

    fn mapping(&mut self, node: &Node, key: &str) {
        let variable = node
            .str_at(["name"])
            .filter(|_| node.get("value").is_some());
        // Of a Secret with these keys, or labels by which others are found.
        let is_reference = ["secretName", "secretRef", "existingSecret", "secretKeyRef"];
        let is_reference = is_reference.iter().any(|it| node.get(it).is_some());
        self.handed_on(node);
        for (name, value) in node.entries() {
            match variable {
                Some(variable) if name == "value" => self.node(value, variable, Naming::Setting),
                _ if is_reference => self.node(value, "", Naming::Field),
                // Objects are found by them, so that their words are those of objects.
                _ if ["labels", "matchLabels"].contains(&key) => {
                    self.node(value, name, Naming::Field);
                }
                _ if key == "annotations"
                    && value.as_str().is_some_and(credentials::is_sentence) =>
                {
                    self.node(value, "", Naming::Field);
                }
                _ if self.is_json || SETTINGS.contains(&key) => {
                    self.node(value, name, Naming::Setting);
                }
                _ => self.node(value, name, Naming::of(name)),
            }
        }
    }

    /// The variables of a container whose text is handed on as a credential: `DB_PASSWORD=$(A)`, `--password $(A)`.
    fn handed_on(&mut self, container: &Node) {
        let items = |field: &str| container.get(field).into_iter().flat_map(Node::items);
        let variables: BTreeMap<_, _> = items("env")
            .filter_map(|it| {
                let value = it.get("value")?;
                Some((it.str_at(["name"])?, (value, value.as_str()?)))
            })
            .collect();
        if variables.is_empty() {
            return;
        }
        let words = items("command").chain(items("args"));
        let words: Vec<_> = words.filter_map(Node::as_str).collect();
        let assigned = variables
            .iter()
            .map(|(name, (_, text))| format!("{name}={text}"));
        for text in assigned.chain([words.join(" ")]) {
            let mut parts = text.split("$(");
            let mut filled = parts.next().unwrap_or_default().to_owned();
            let mut places = Vec::new();
            for part in parts {
                let known = part
                    .split_once(')')
                    .and_then(|(name, rest)| Some((name, variables.get(name)?, rest)));
                let Some((name, (value, written), rest)) = known else {
                    filled.extend(["$(", part]);
                    continue;
                };
                let start = filled.len();
                filled.push_str(written);
                places.push((start..filled.len(), name, *value));
                filled.push_str(rest);
            }
            if places.is_empty() {
                continue;
            }
            for credential in credentials::find(&filled) {
                let first = places.partition_point(|(it, ..)| it.end <= credential.span.start);
                if let Some((place, name, value)) = places.get(first)
                    && place.start < credential.span.end
                {
                    self.add(format!("`{name}`"), value);
                }
            }
        }
    }

    /// A list, which may be a command with its options.
    fn list(&mut self, items: &[Node], key: &str, naming: Naming) {
        let is_command = ["args", "arguments", "command"].contains(&key);
        // Databricks' name of a key that its scope keeps.
        let is_of_scope = items.iter().any(|it| it.as_str() == Some("--secret-scope"));
        let mut option = None;
        for item in items {
            let text = item.as_str().unwrap_or_default();
            let is_option = text.starts_with("--") && !text.contains(['=', ':', ' ', '\n']);
            let assigned = text.split_once(['=', ':']).filter(|_| is_command);
            match (
                option.take().filter(|_| !credentials::is_option(text)),
                assigned,
            ) {
                (Some(option), _) => self.node(item, option, Naming::Setting),
                (None, Some((name, value)))
                    if credentials::is_credential(name, Naming::Setting, value) =>
                {
                    self.add(format!("`{}`", name.trim_start_matches('-')), item);
                }
                _ if is_command || item.as_str().is_none() => self.node(item, "", Naming::Field),
                _ => self.node(item, key, naming),
            }
            let is_name_of_key = is_of_scope && text == "--secret-key";
            option = (is_option && !is_name_of_key).then_some(text);
        }
        if is_command {
            self.command(items);
        }
    }

    /// A command whose words stand apart: its options tell what they are.
    fn command(&mut self, items: &[Node]) {
        let words: Vec<_> = items.iter().filter_map(Node::as_str).collect();
        if words.len() < items.len() || words.iter().any(|it| it.contains('\n')) {
            return;
        }
        let line = words.join(" ");
        for credential in credentials::find(&line) {
            let mut end = 0;
            let item = items.iter().zip(&words).find(|(_, word)| {
                end += word.len() + 1;
                credential.span.start < end
            });
            if let Some((item, _)) = item {
                self.add(credential.what, item);
            }
        }
    }

    fn text(&mut self, node: &Node, text: &str, key: &str, naming: Naming) {
        let is_line = !text.trim().contains('\n');
        if is_line && credentials::is_credential(key, naming, text) {
            self.add(format!("`{}`", key.trim_start_matches('-')), node);
            return;
        }
        let may_hold = !is_line || text.starts_with(['{', '[']) || text.contains(": ");
        let document = may_hold.then(|| embedded(node)).flatten();
        // YAML takes much of a script for a mapping, whose keys are not words then.
        let is_word = |it: &str| !it.contains([' ', '"', '\'']);
        if let Some(document) = document.filter(|it| match &it.value {
            Value::Map(_) => it.entries().all(|(key, _)| is_word(key.as_str())),
            Value::List(_) => true,
            _ => false,
        }) {
            let is_json =
                text.trim_start().starts_with(['{', '[']) && document.get("kind").is_none();
            let before = std::mem::replace(&mut self.is_json, is_json);
            self.document(&document);
            self.is_json = before;
            return;
        }
        let (mut line, mut at) = (0, 0);
        for credential in credentials::find(text) {
            line += text[at..credential.span.start].matches('\n').count();
            at = credential.span.start;
            let origins = node.lines.get(line).unwrap_or(&node.origins);
            self.credentials.push((credential.what, origins.clone()));
        }
        // What is binary to Kubernetes may be a text.
        let is_binary = self.member.object.node().at(["binaryData", key]) == Some(node);
        if let Some(text) = decoded(text).filter(|_| is_binary) {
            self.text(
                &Node::new(text.clone(), node.origins.clone()),
                &text,
                "",
                Naming::Field,
            );
        }
    }

    fn add(&mut self, what: String, node: &Node) {
        self.credentials.push((what, node.origins.clone()));
    }
}
