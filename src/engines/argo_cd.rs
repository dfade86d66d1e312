//! Argo CD: a project that allows what kiln emits, and one application for the whole tree.
//!
//! One application and not one a layer: waves act inside an application, and nothing makes one
//! application wait for another (<https://github.com/argoproj/argo-cd/issues/15280>).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Engine, Objects, Tree, annotation};
use crate::{
    document::{Node, Sourced},
    kubernetes::NamespaceName,
    render::{Context, Template, template},
    values::ServerUrl,
};

const PROJECT: Template = template!("engines/templates/argo-cd-project.yaml.hbs");
const APPLICATION: Template = template!("engines/templates/argo-cd-application.yaml.hbs");
const ROOT: Template = template!("engines/templates/argo-cd-root.yaml.hbs");

/// The annotation with the step of a sync in which an object is applied; none is 0.
pub const WAVE: &str = "argocd.argoproj.io/sync-wave";

/// The annotation with options: <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/>.
const OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// The annotation with the Application to which an object belongs.
pub const TRACKING: &str = "argocd.argoproj.io/tracking-id";

/// What keeps Argo CD from seeing a file, wherever in it it stands.
pub const SKIP_FILE: &str = "+argocd:skip-file-rendering";

/// What is known of Argo CD.
pub const ENGINE: Engine = Engine {
    name: "argo-cd",
    title: "Argo CD",
    prefix: "argocd.argoproj.io/",
    wave: Some(WAVE),
    keep: (OPTIONS, "Prune=false,Delete=false"),
    verbatim: None,
    hook: Some("argocd.argoproj.io/hook"),
    is_kept: |object| options(object).contains("Prune=false"),
    is_remade: |object| {
        let mut both = ["Force=true", "Replace=true"].iter();
        both.all(|it| options(object).contains(it))
    },
    // `IsLiveResourcePermitted` in controller/state.go and controller/appcontroller.go.
    leaves_behind: Some(
        "Argo CD passes over what its project does not allow, and the project allows what the spec has",
    ),
    sees_filled_in: true,
    longest_environment: None,
    bootstrap: &["root.yaml"],
};

fn options(object: &Node) -> &str {
    annotation(object, OPTIONS).unwrap_or_default()
}

/// Where Argo CD is, and what it calls the cluster.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "ArgoCd")]
pub struct Settings {
    /// Its namespace.
    namespace: Sourced<NamespaceName>,
    /// The URL of the cluster's API server; its own cluster when it is not stated.
    server: Sourced<ServerUrl>,
}

impl Default for Settings {
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

impl super::Settings for Settings {
    fn engine(&self) -> &'static Engine {
        &ENGINE
    }

    fn objects(&self, tree: &Tree<'_>) -> Objects {
        let environment = tree.environment;
        let reach = &tree.reach;
        let kinds = reach.cluster_kinds.iter().map(|(group, kind)| {
            Context::new()
                .value("group", group.as_str())
                .value("kind", kind.as_str())
        });
        // A sync that finds a new namespace before the project allows it fails, and is tried again. Of live objects that
        // the project does not allow Argo CD says nothing, and deletes none (`leaves_behind`): what leaves a namespace is pruned only while the spec
        // still has the namespace. `upgrade` tells of the rest.
        let namespaces = reach.namespaces.iter();
        let namespaces = namespaces.map(|(name, origins)| Node::new(*name, origins.clone()));
        let default_namespace = namespaces.clone().next();
        let namespaces = namespaces.map(|namespace| {
            Context::new()
                .value("server", &self.server)
                .value("namespace", namespace)
        });
        let context = Context::new()
            .value("name", format!("kiln-{environment}"))
            .value("environment", environment)
            .value("namespace", self.namespace.text())
            .value("server", &self.server)
            .value("repository", tree.repository)
            .value("revision", tree.revision)
            .value("tree", tree.path(&format!("out/{environment}")))
            .value(
                "delivery",
                tree.path(&format!("out/delivery/{environment}")),
            )
            .list("namespaces", namespaces.collect())
            .optional("default_namespace", default_namespace)
            .list("cluster_kinds", kinds.collect());
        let render = |template: Template| -> Node { template.render(&context) };
        [
            ("project.yaml".to_owned(), render(PROJECT)),
            ("application.yaml".to_owned(), render(APPLICATION)),
            ("root.yaml".to_owned(), render(ROOT)),
        ]
        .into()
    }
}
