//! Flux: one source, and one Kustomization for each layer, each waiting for the one before.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Engine, Objects, Tree, annotation};
use crate::{
    diagnostics::{Diagnostic, codes},
    document::Sourced,
    kubernetes::{Identity, NamespaceName, SubdomainName},
    manifests::Prerequisite,
    render::{Context, Template, template},
    values::{Interval, RepositoryUrl},
};

const SOURCE: Template = template!("engines/templates/flux-source.yaml.hbs");
const KUSTOMIZATION: Template = template!("engines/templates/flux-kustomization.yaml.hbs");

/// The annotation that has Flux delete an object and make it anew where a field cannot change:
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/#force>.
pub const FORCE: &str = "kustomize.toolkit.fluxcd.io/force";

/// The annotation that says whether it applies an object that is there already:
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources>.
pub const SSA: &str = "kustomize.toolkit.fluxcd.io/ssa";

/// The annotation that keeps it from deleting an object:
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/#prune>.
const PRUNE: &str = "kustomize.toolkit.fluxcd.io/prune";

/// What is known of Flux.
pub const ENGINE: Engine = Engine {
    name: "flux",
    title: "Flux",
    prefix: "kustomize.toolkit.fluxcd.io/",
    wave: None,
    keep: (PRUNE, "disabled"),
    // Spark expands `${env:X}` itself. Flux would try first, and since 2.9 fail (kustomize-controller,
    // `postBuild`).
    verbatim: Some(("kustomize.toolkit.fluxcd.io/substitute", "disabled")),
    hook: None,
    is_kept: |object| annotation(object, PRUNE) == Some("disabled"),
    is_remade: |object| annotation(object, FORCE).is_some(),
    leaves_behind: None,
    sees_filled_in: false,
    // It writes the name of a Kustomization, such as `kiln-ENV-4-workloads`, as a label on everything that
    // it applies (`kustomize.toolkit.fluxcd.io/name`), and a label's value has at most 63 characters.
    longest_environment: Some(46),
    bootstrap: &["source.yaml", "root.yaml"],
};

/// Where Flux is, and how it reads the repository.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Flux")]
pub struct Settings {
    /// Its namespace.
    namespace: Sourced<NamespaceName>,
    /// How often it looks for new commits.
    interval: Sourced<Interval>,
    /// The Secret in its namespace with the repository's credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<Sourced<SubdomainName>>,
}

impl Default for Settings {
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

impl super::Settings for Settings {
    fn engine(&self) -> &'static Engine {
        &ENGINE
    }

    fn access(
        &self,
        repository: &Sourced<RepositoryUrl>,
    ) -> Result<Option<Prerequisite>, Box<Diagnostic>> {
        // What the keys are called: https://fluxcd.io/flux/components/source/gitrepositories/#secret-reference
        let is_ssh = repository.starts_with("ssh://");
        let Some(secret) = &self.secret else {
            if !is_ssh {
                return Ok(None);
            }
            let title = "Flux cannot read this repository without a key";
            let diagnostic = Diagnostic::error(codes::CONFLICT, title)
                .at_value(&repository.origins, "SSH asks for one")
                .note(
                    "its GitRepository would stay unready: `secret reference is required for SSH`",
                )
                .hint("set `delivery.flux.secret`: a Secret with `identity` and `known_hosts`");
            return Err(Box::new(diagnostic));
        };
        let namespace = self.namespace.as_str();
        Ok(Some(Prerequisite {
            object: Identity::in_namespace("", "Secret", namespace, secret.as_str()),
            keys: if is_ssh {
                ["identity", "known_hosts"].map(str::to_owned).into()
            } else {
                Vec::new()
            },
            why: "Flux reads the repository with it".to_owned(),
            origins: secret.origins.clone(),
        }))
    }

    fn objects(&self, tree: &Tree<'_>) -> Objects {
        let environment = tree.environment;
        let source = format!("kiln-{environment}");
        let common = Context::new()
            .value("source", source.as_str())
            .value("namespace", self.namespace.text())
            .value("interval", self.interval.text())
            .value("repository", tree.repository)
            .value("revision", tree.revision)
            .optional("secret", self.secret.as_ref().map(Sourced::text));
        let mut objects = Objects::new();
        objects.insert("source.yaml".to_owned(), SOURCE.render(&common));
        let root = common
            .clone()
            .value("name", source.as_str())
            .value("path", tree.path(&format!("out/delivery/{environment}")))
            // The root applies Kustomizations; waiting for them would only repeat their waiting.
            .value("wait", false)
            .flag("before", false);
        objects.insert("root.yaml".to_owned(), KUSTOMIZATION.render(&root));
        let mut before = None;
        for layer in &tree.layers {
            let folder = layer.folder();
            let name = format!("kiln-{environment}-{folder}");
            let context = common
                .clone()
                .value("name", name.as_str())
                .value("path", tree.path(&format!("out/{environment}/{folder}")))
                .value("wait", true)
                .optional("before", before.replace(name.clone()));
            objects.insert(format!("{folder}.yaml"), KUSTOMIZATION.render(&context));
        }
        objects
    }
}
