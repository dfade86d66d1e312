//! `[secrets.NAME]`: where Secrets come from, and their keys. Never a value.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Build, Component, Entry, Offers, Prerequisite, Shape, build::template, offers,
    reference::NamespaceRef,
};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::Sourced,
    graph::Layer,
    kubernetes::{ConfigKey, SubdomainName},
    render::{Context, Template},
};

const EXTERNAL_SECRET: Template = template!("secrets", "external-secret.yaml.hbs");

/// A Secret. What it holds never stands in the spec.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where the Secret comes from: somebody makes it by hand or by another tool (`existing`), or the
    /// External Secrets operator fetches it (`external-secrets`).
    source: Sourced<Source>,
    /// The name of the Secret object; the entry's name when absent.
    name: Option<Sourced<SubdomainName>>,
    /// The namespaces that hold it.
    #[schemars(length(min = 1))]
    namespaces: Vec<Sourced<NamespaceRef>>,
    /// The keys that it holds.
    #[schemars(length(min = 1))]
    keys: Vec<Sourced<ConfigKey>>,
    /// What kind of Secret it is; a registry's is `kubernetes.io/dockerconfigjson`.
    #[serde(default = "default_type", rename = "type")]
    kind: Sourced<String>,
    /// Change this when the content changed: what reads the Secret restarts then. kiln cannot see
    /// the content.
    revision: Option<Sourced<String>>,
    /// For `external-secrets`: the store that holds the values.
    store: Option<Store>,
    /// For `external-secrets`: where in the store each key lies.
    #[serde(default)]
    remote: BTreeMap<String, Remote>,
    /// For `external-secrets`: how often to look for new values.
    #[serde(default = "default_refresh")]
    #[schemars(regex(pattern = r"^([0-9]+(s|m|h))+$"))]
    refresh: Sourced<String>,
}

/// Where a Secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
enum Source {
    Existing,
    ExternalSecrets,
}

/// A store of the External Secrets operator.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Store {
    /// Its name.
    name: Sourced<SubdomainName>,
    /// `ClusterSecretStore`, or `SecretStore` for one in the same namespace.
    #[serde(default)]
    kind: Sourced<StoreKind>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(inline)]
enum StoreKind {
    #[default]
    ClusterSecretStore,
    SecretStore,
}

impl From<StoreKind> for crate::document::Value {
    fn from(kind: StoreKind) -> Self {
        Self::from(match kind {
            StoreKind::ClusterSecretStore => "ClusterSecretStore",
            StoreKind::SecretStore => "SecretStore",
        })
    }
}

/// Where a value lies in a store.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Remote {
    /// The key in the store.
    key: Sourced<String>,
    /// The property of that key, when it holds several.
    property: Option<Sourced<String>>,
}

fn default_type() -> Sourced<String> {
    Sourced::constant("Opaque".to_owned())
}

fn default_refresh() -> Sourced<String> {
    Sourced::constant("1h".to_owned())
}

/// The component.
pub struct Secrets;

impl Component for Secrets {
    type Settings = Settings;
    const TABLE: &'static str = "secrets";
    const SHAPE: Shape = Shape::Keyed;
    const ABOUT: &'static str = "Secrets: where they come from and what keys they hold.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        offers.secrets.insert(
            entry.name.value.clone(),
            offers::Secret {
                name: object_name(entry),
                namespaces: settings
                    .namespaces
                    .iter()
                    .map(|it| it.map(ToString::to_string))
                    .collect(),
                keys: settings
                    .keys
                    .iter()
                    .map(|it| it.map(ToString::to_string))
                    .collect(),
                revision: settings.revision.clone(),
            },
        );
    }

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        match *entry.settings.source {
            Source::Existing => existing(entry, out),
            Source::ExternalSecrets => external(entry, out),
        }
    }
}

fn object_name(entry: &Entry<Settings>) -> Sourced<String> {
    match &entry.settings.name {
        Some(name) => name.map(ToString::to_string),
        None => entry.name.clone(),
    }
}

fn existing(entry: &Entry<Settings>, out: &mut Build<'_>) {
    let settings = &entry.settings;
    for namespace in &settings.namespaces {
        out.prerequisite(Prerequisite {
            group: "",
            kind: "Secret",
            namespace: Some(namespace.to_string()),
            name: object_name(entry).value,
            keys: settings.keys.iter().map(|key| key.to_string()).collect(),
            why: "the spec says `source = \"existing\"`".to_owned(),
            because: namespace.origins.clone(),
        });
    }
    if let Some(store) = &settings.store {
        out.report(
            Diagnostic::error(codes::CONFLICT, "an existing Secret has no store")
                .at_key(&store.name.origins, "")
                .hint("set `source = \"external-secrets\"`, or drop `store`"),
        );
    }
}

fn external(entry: &Entry<Settings>, out: &mut Build<'_>) {
    let settings = &entry.settings;
    let Some(store) = &settings.store else {
        out.report(
            Diagnostic::error(
                codes::CONFLICT,
                "a Secret from `external-secrets` needs a `store`",
            )
            .at_value(&settings.source.origins, "this asks for it"),
        );
        return;
    };
    let mut data = Vec::new();
    for key in &settings.keys {
        let Some(remote) = settings.remote.get(key.as_str()) else {
            out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    format!("nothing says where the store holds `{}`", **key),
                )
                .at_value(&key.origins, "")
                .hint(format!("add `remote.{} = {{ key = \"…\" }}`", **key)),
            );
            continue;
        };
        data.push(
            Context::new()
                .value("key", key.text())
                .value("remote", &remote.key)
                .optional("property", remote.property.as_ref()),
        );
    }
    for key in settings.remote.keys() {
        if !settings.keys.iter().any(|known| known.as_str() == key) {
            let origins = &settings.remote[key].key.origins;
            out.report(
                Diagnostic::error(codes::CONFLICT, format!("`{key}` is not one of `keys`"))
                    .at_value(origins, ""),
            );
        }
    }
    for namespace in &settings.namespaces {
        let context = Context::new()
            .value("name", object_name(entry))
            .value("namespace", namespace.text())
            .value("store_name", store.name.text())
            .value("store_kind", &store.kind)
            .value("type", &settings.kind)
            .value("refresh", &settings.refresh)
            .list("data", data.clone());
        out.object(Layer::Storage, EXTERNAL_SECRET, &entry.origins, &context);
        if *store.kind == StoreKind::SecretStore {
            out.prerequisite(store_prerequisite(store, Some(namespace.to_string())));
        }
    }
    if *store.kind == StoreKind::ClusterSecretStore {
        out.prerequisite(store_prerequisite(store, None));
    }
    out.prerequisite(Prerequisite {
        group: "apiextensions.k8s.io",
        kind: "CustomResourceDefinition",
        namespace: None,
        name: "externalsecrets.external-secrets.io".to_owned(),
        keys: Vec::new(),
        why: "the External Secrets operator fetches Secrets".to_owned(),
        because: settings.source.origins.clone(),
    });
}

fn store_prerequisite(store: &Store, namespace: Option<String>) -> Prerequisite {
    Prerequisite {
        group: "external-secrets.io",
        kind: match *store.kind {
            StoreKind::ClusterSecretStore => "ClusterSecretStore",
            StoreKind::SecretStore => "SecretStore",
        },
        namespace,
        name: store.name.to_string(),
        keys: Vec::new(),
        why: "Secrets are fetched from it".to_owned(),
        because: store.name.origins.clone(),
    }
}
