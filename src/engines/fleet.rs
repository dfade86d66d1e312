//! Fleet: one `GitRepo` for the whole tree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Engine, Objects, Tree, annotation};
use crate::{
    document::Sourced,
    kubernetes::NamespaceName,
    render::{Context, Template, template},
};

const GIT_REPO: Template = template!("engines/templates/fleet-git-repo.yaml.hbs");

/// The annotation that keeps it from deleting an object, as it keeps Helm:
/// <https://helm.sh/docs/howto/charts_tips_and_tricks/#tell-helm-not-to-uninstall-a-resource>.
const POLICY: &str = "helm.sh/resource-policy";

/// What is known of Fleet.
pub const ENGINE: Engine = Engine {
    name: "fleet",
    title: "Fleet",
    prefix: POLICY,
    wave: None,
    keep: (POLICY, "keep"),
    verbatim: None,
    hook: None,
    is_kept: |object| annotation(object, POLICY) == Some("keep"),
    is_remade: |_| false,
    leaves_behind: None,
    sees_filled_in: true,
    longest_environment: None,
    bootstrap: &["root.yaml"],
};

/// Where Fleet is.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Fleet")]
pub struct Settings {
    /// The namespace of its workspace.
    namespace: Sourced<NamespaceName>,
}

impl Default for Settings {
    fn default() -> Self {
        let namespace = "fleet-local".parse();
        Self {
            namespace: Sourced::constant(namespace.expect("fleet-local is a namespace's name")),
        }
    }
}

impl super::Settings for Settings {
    fn engine(&self) -> &'static Engine {
        &ENGINE
    }

    fn objects(&self, tree: &Tree<'_>) -> Objects {
        let environment = tree.environment;
        let context = Context::new()
            .value("name", format!("kiln-{environment}"))
            .value("namespace", self.namespace.text())
            .value("repository", tree.repository)
            .value("revision", tree.revision)
            .value("path", tree.path(&format!("out/{environment}")));
        [("root.yaml".to_owned(), GIT_REPO.render(&context))].into()
    }
}
