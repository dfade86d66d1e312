//! `[delivery]`: which engine syncs the compiled tree, and from where.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Build, Component, Entry, Offers, Shape, offers};
use crate::{
    document::Sourced,
    kubernetes::{NamespaceName, SubdomainName},
};

/// How the compiled tree reaches the cluster.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// The engine that syncs it.
    engine: Sourced<Engine>,
    /// The URL of this repository, as the engine reaches it.
    #[schemars(
        regex(pattern = r"^(https?|ssh)://[^\s]+$"),
        example = "https://git.example.com/data/platform.git"
    )]
    repository: Sourced<String>,
    /// The branch that the engine follows.
    #[serde(default = "main")]
    #[schemars(length(min = 1))]
    revision: Sourced<String>,
    /// The folder of the repository that holds this kiln project, when it is not the root.
    #[serde(default)]
    #[schemars(regex(pattern = r"^([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?$"))]
    folder: Sourced<String>,
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
    server: Sourced<String>,
}

impl Default for ArgoCd {
    fn default() -> Self {
        Self {
            namespace: Sourced::constant("argocd".parse().expect("argocd is a namespace's name")),
            server: Sourced::constant("https://kubernetes.default.svc".to_owned()),
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
    #[schemars(regex(pattern = r"^([0-9]+(s|m|h))+$"))]
    interval: Sourced<String>,
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
            interval: Sourced::constant("5m".to_owned()),
            secret: None,
        }
    }
}

fn main() -> Sourced<String> {
    Sourced::constant("main".to_owned())
}

/// The component.
pub struct Delivery;

impl Component for Delivery {
    type Settings = Settings;
    const TABLE: &'static str = "delivery";
    const SHAPE: Shape = Shape::Required;
    const ABOUT: &'static str = "How the compiled tree reaches the cluster.";

    fn offer(&self, entry: &Entry<Settings>, offers: &mut Offers) {
        let settings = &entry.settings;
        offers.delivery = Some(offers::Delivery {
            engine: match *settings.engine {
                Engine::ArgoCd => offers::Engine::ArgoCd {
                    namespace: settings.argo_cd.namespace.map(ToString::to_string),
                    server: settings.argo_cd.server.clone(),
                },
                Engine::Flux => offers::Engine::Flux {
                    namespace: settings.flux.namespace.map(ToString::to_string),
                    interval: settings.flux.interval.clone(),
                    secret: settings
                        .flux
                        .secret
                        .as_ref()
                        .map(|secret| secret.map(ToString::to_string)),
                },
            },
            repository: settings.repository.clone(),
            revision: settings.revision.clone(),
            folder: settings.folder.clone(),
            origins: entry.origins.clone(),
        });
    }

    fn build(&self, _: &Entry<Settings>, _: &Offers, _: &mut Build<'_>) {}
}
