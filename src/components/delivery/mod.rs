//! `[delivery]`: which engine syncs the compiled tree, and from where.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Build, Component, Entry, Offers, Shape, offers};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::Sourced,
    kubernetes::{Identity, NamespaceName, SubdomainName},
    manifests::Prerequisite,
    values::{Branch, FolderPath, Interval, RepositoryUrl, ServerUrl},
};

/// How the compiled tree reaches the cluster.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The engine that syncs it.
    engine: Sourced<Engine>,
    /// The URL of this repository, as the engine reaches it.
    repository: Sourced<RepositoryUrl>,
    /// The branch that the engine follows.
    #[serde(default = "main")]
    revision: Sourced<Branch>,
    /// The folder of the repository that holds this kiln project, when it is not the root.
    #[serde(default)]
    folder: Sourced<FolderPath>,
    /// For `argo-cd`.
    #[serde(default)]
    argo_cd: ArgoCd,
    /// For `flux`.
    #[serde(default)]
    flux: Flux,
}

/// The engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Engine {
    /// Argo CD.
    ArgoCd,
    /// Flux.
    Flux,
}

/// Where Argo CD is, and what it calls the cluster.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct ArgoCd {
    /// Its namespace.
    namespace: Sourced<NamespaceName>,
    /// The URL of the cluster's API server; its own cluster when it is not stated.
    server: Sourced<ServerUrl>,
}

impl Default for ArgoCd {
    fn default() -> Self {
        Self {
            namespace: Sourced::constant("argocd".parse().expect("argocd is a namespace's name")),
            server: Sourced::constant(
                "https://kubernetes.default.svc"
                    .parse()
                    .expect("this is the URL of a host"),
            ),
        }
    }
}

/// Where Flux is, and how it reads the repository.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Flux {
    /// Its namespace.
    namespace: Sourced<NamespaceName>,
    /// How often it looks for new commits.
    interval: Sourced<Interval>,
    /// The Secret in its namespace with the repository's credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Sourced<SubdomainName>>,
}

impl Default for Flux {
    fn default() -> Self {
        Self {
            namespace: Sourced::constant(
                "flux-system"
                    .parse()
                    .expect("flux-system is a namespace's name"),
            ),
            interval: Sourced::constant("5m".parse().expect("5m is an interval")),
            secret: None,
        }
    }
}

fn main() -> Sourced<Branch> {
    Sourced::constant("main".parse().expect("main is a branch"))
}

/// The component.
pub struct Delivery;

impl Component for Delivery {
    type Settings = Settings;
    const TABLE: &'static str = "delivery";
    const SHAPE: Shape = Shape::Required;
    const MAKES_OBJECTS: bool = false;
    const ABOUT: &'static str = "How the compiled tree reaches the cluster.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        offers.delivery = Some(offers::Delivery {
            engine: match *settings.engine {
                Engine::ArgoCd => offers::Engine::ArgoCd {
                    namespace: settings.argo_cd.namespace.map(ToString::to_string),
                    server: settings.argo_cd.server.map(ToString::to_string),
                },
                Engine::Flux => offers::Engine::Flux {
                    namespace: settings.flux.namespace.map(ToString::to_string),
                    interval: settings.flux.interval.map(ToString::to_string),
                    secret: settings
                        .flux
                        .secret
                        .as_ref()
                        .map(|secret| secret.map(ToString::to_string)),
                },
            },
            repository: settings.repository.map(ToString::to_string),
            revision: settings.revision.map(ToString::to_string),
            folder: settings.folder.map(ToString::to_string),
            origins: entry.origins.clone(),
        });
    }

    fn build(&self, entry: &Entry<Settings>, _: &Offers, out: &mut Build<'_>) {
        let settings = &entry.settings;
        let Flux {
            namespace, secret, ..
        } = &settings.flux;
        if *settings.engine != Engine::Flux {
            return;
        }
        // What the keys are called: https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference
        let is_ssh = settings.repository.starts_with("ssh://");
        match secret {
            Some(secret) => out.prerequisite(Prerequisite {
                object: Identity::in_namespace("", "Secret", namespace.as_str(), secret.as_str()),
                keys: if is_ssh {
                    ["identity", "known_hosts"].map(str::to_owned).into()
                } else {
                    Vec::new()
                },
                why: "Flux reads the repository with it".to_owned(),
                because: secret.origins.clone(),
            }),
            None if is_ssh => out.report(
                Diagnostic::error(
                    codes::CONFLICT,
                    "Flux cannot read this repository without a key",
                )
                .at_value(&settings.repository.origins, "SSH asks for one")
                .note(
                    "its GitRepository would stay unready: `secret reference is required for SSH`",
                )
                .hint("set `delivery.flux.secret`: a Secret with `identity` and `known_hosts`"),
            ),
            None => {}
        }
    }
}
