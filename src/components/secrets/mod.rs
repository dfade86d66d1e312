//! `[secrets.NAME]`: where Secrets come from, and their keys. Never a value.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Build, Component, Entry, Occurrence, Offers, offers, reference::NamespaceRef};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::{Node, Sourced},
    kubernetes::{ConfigKey, Identity, SubdomainName},
    manifests::{Layer, Prerequisite},
    render::{Context, Template, template},
    values::GoDuration,
};

const EXTERNAL_SECRET: Template =
    template!("components/secrets/templates/external-secret.yaml.hbs");

/// A Secret. What it holds never stands in the spec.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Where the Secret comes from: somebody makes it by hand or by another tool (`existing`), the
    /// External Secrets operator fetches it (`external-secrets`), or it lies encrypted in the
    /// repository (`sealed-secrets`).
    source: Sourced<Source>,
    /// The name of the Secret object; the entry's name when absent.
    name: Option<Sourced<SubdomainName>>,
    /// The namespaces that hold it.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    namespaces: Vec<Sourced<NamespaceRef>>,
    /// The keys that it holds.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    keys: Vec<Sourced<ConfigKey>>,
    /// What kind of Secret it is; a registry's is `kubernetes.io/dockerconfigjson`.
    #[serde(default = "default_type", rename = "type")]
    #[schemars(length(min = 1))]
    kind: Sourced<String>,
    /// Change this when the content changed: what reads the Secret restarts then. kiln cannot see
    /// the content.
    revision: Option<Sourced<String>>,
}

/// Where a Secret comes from.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[schemars(inline)]
enum Source {
    /// Somebody makes it, by hand or with another tool.
    Existing,
    /// The External Secrets operator fetches it.
    ExternalSecrets {
        /// The store that holds the values.
        store: Store,
        /// Where in the store each key lies.
        #[serde(default)]
        remote: BTreeMap<String, Remote>,
        /// How often to look for new values.
        #[serde(default = "default_refresh")]
        refresh: Sourced<GoDuration>,
    },
    /// It lies encrypted in the repository, for the Sealed Secrets controller.
    SealedSecrets {
        /// The file with the SealedSecrets, one for each namespace, as `kubeseal`
        /// writes them; relative to the file that states it.
        #[schemars(extend("x-kiln-files" = true))]
        file: Sourced<String>,
    },
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
    #[schemars(length(min = 1))]
    key: Sourced<String>,
    /// The property of that key, when it holds several.
    #[schemars(length(min = 1))]
    property: Option<Sourced<String>>,
}

fn default_type() -> Sourced<String> {
    Sourced::constant("Opaque".to_owned())
}

fn default_refresh() -> Sourced<GoDuration> {
    Sourced::constant("1h".parse().expect("1h is a span of time"))
}

/// The component.
pub struct Secrets;

impl Component for Secrets {
    type Settings = Settings;
    const TABLE: &'static str = "secrets";
    const SHAPE: Occurrence = Occurrence::Keyed;
    const NEEDED: bool = true;
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

    fn build(&self, entry: &Entry<Settings>, offers: &Offers, out: &mut Build<'_>) {
        match &*entry.settings.source {
            Source::Existing => existing(entry, out),
            Source::ExternalSecrets {
                store,
                remote,
                refresh,
            } => external(entry, store, remote, refresh, out),
            Source::SealedSecrets { file } => sealed(entry, file, offers, out),
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
            object: Identity::in_namespace(
                "",
                "Secret",
                namespace.as_str(),
                object_name(entry).value,
            ),
            keys: settings.keys.iter().map(|key| key.to_string()).collect(),
            why: "the spec says `source = \"existing\"`".to_owned(),
            origins: namespace.origins.clone(),
        });
    }
}

/// Secrets that lie encrypted in the repository. The Sealed Secrets controller, which alone can read
/// them, binds each to its namespace and name.
fn sealed(entry: &Entry<Settings>, file: &Sourced<String>, offers: &Offers, out: &mut Build<'_>) {
    let settings = &entry.settings;
    let name = object_name(entry);
    let read = file.origins.first().and_then(|it| offers.files.get(&it));
    let documents: Vec<_> = read
        .into_iter()
        .flatten()
        .flat_map(|file| &file.documents)
        .collect();
    for namespace in &settings.namespaces {
        let fits = |document: &&&Node| {
            document.str_at(["kind"]) == Some("SealedSecret")
                && document.str_at(["metadata", "name"]) == Some(name.as_str())
                && document.str_at(["metadata", "namespace"]) == Some(namespace.as_str())
        };
        let Some(document) = documents.iter().find(fits) else {
            out.report(
                Diagnostic::error(
                    codes::MANIFEST,
                    format!(
                        "`{}` seals no Secret `{}` for `{}`",
                        **file, *name, **namespace
                    ),
                )
                .at_value(&file.origins, "")
                .at_value(&namespace.origins, "it is wanted here")
                .hint("seal it for this name and namespace: the controller opens it nowhere else"),
            );
            continue;
        };
        for key in &settings.keys {
            if document
                .at(["spec", "encryptedData", key.as_str()])
                .is_none()
            {
                out.report(
                    Diagnostic::error(
                        codes::MANIFEST,
                        format!("the SealedSecret `{}` has no key `{}`", *name, **key),
                    )
                    .at_value(&key.origins, "")
                    .at_node(
                        document.get("spec").unwrap_or(document),
                        "it is sealed here",
                    ),
                );
            }
        }
        out.raw(Layer::Storage, &entry.origins, (**document).clone());
    }
    for document in documents {
        let kind = document.str_at(["kind"]).unwrap_or_default();
        if kind != "SealedSecret" {
            out.report(
                Diagnostic::error(codes::MANIFEST, "only SealedSecrets belong into this file")
                    .at_node(document.get("kind").unwrap_or(document), "")
                    .at_value(&file.origins, "the file is named here"),
            );
        }
    }
    out.prerequisite(Prerequisite {
        object: Identity::of_definition("sealedsecrets.bitnami.com"),
        keys: Vec::new(),
        why: "the Sealed Secrets controller opens Secrets".to_owned(),
        origins: settings.source.origins.clone(),
    });
}

fn external(
    entry: &Entry<Settings>,
    store: &Store,
    remote: &BTreeMap<String, Remote>,
    refresh: &Sourced<GoDuration>,
    out: &mut Build<'_>,
) {
    let settings = &entry.settings;
    let mut data = Vec::new();
    for key in &settings.keys {
        let Some(remote) = remote.get(key.as_str()) else {
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
    for (key, remote) in remote {
        if !settings.keys.iter().any(|known| known.as_str() == key) {
            let origins = &remote.key.origins;
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
            .value("refresh", refresh)
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
        object: Identity::of_definition("externalsecrets.external-secrets.io"),
        keys: Vec::new(),
        why: "the External Secrets operator fetches Secrets".to_owned(),
        origins: settings.source.origins.clone(),
    });
}

fn store_prerequisite(store: &Store, namespace: Option<String>) -> Prerequisite {
    let kind = match *store.kind {
        StoreKind::ClusterSecretStore => "ClusterSecretStore",
        StoreKind::SecretStore => "SecretStore",
    };
    Prerequisite {
        object: Identity {
            namespace,
            ..Identity::of_cluster("external-secrets.io", kind, store.name.as_str())
        },
        keys: Vec::new(),
        why: "Secrets are fetched from it".to_owned(),
        origins: store.name.origins.clone(),
    }
}
