//! The engines that sync the compiled tree: what a spec says of each, the annotations that it reads, and
//! the objects that make it follow the tree.
//!
//! An engine is one file. To add one, add the file, its `mod` line, and its line in `engines!`. Every
//! object carries what all of them read, so that one tree serves any.

pub mod argo_cd;
pub mod flux;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    ops::Deref,
};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    diagnostics::Diagnostic,
    document::{Node, Origins, Sourced},
    kubernetes::Identity,
    manifests::{Layer, Prerequisite},
    values::RepositoryUrl,
};

/// An engine, whatever a spec says of it.
pub struct Engine {
    /// Its name in a spec.
    pub name: &'static str,
    /// Its name in a sentence.
    pub title: &'static str,
    /// How the annotations and labels begin that are its own.
    pub prefix: &'static str,
    /// The annotation with the number of an object's layer, when it reads one.
    pub wave: Option<&'static str>,
    /// The annotation that keeps it from deleting an object.
    pub keep: Annotation,
    /// The annotation that keeps it from filling in `${…}`, when it would.
    pub verbatim: Option<Annotation>,
    /// The annotation of objects that it makes anew at each sync.
    pub hook: Option<&'static str>,
    /// Whether an object's annotations keep the engine from deleting it.
    pub is_kept: fn(&Node) -> bool,
    /// Whether an object's annotations have the engine delete it and make it anew where a field cannot
    /// change.
    pub is_remade: fn(&Node) -> bool,
    /// Why it leaves behind what its objects do not allow it to touch; none when it deletes all that it
    /// once applied.
    pub leaves_behind: Option<&'static str>,
    /// Whether a field that the API server fills in is a difference to it.
    pub sees_filled_in: bool,
    /// The longest name of an environment, where it goes into a label.
    pub longest_environment: Option<usize>,
    /// The files that the user applies once; from then on the engine follows the repository.
    pub bootstrap: &'static [&'static str],
}

/// An annotation with its value.
pub type Annotation = (&'static str, &'static str);

/// What a spec says of an engine.
pub trait Settings: Debug {
    /// Which engine it is.
    fn engine(&self) -> &'static Engine;

    /// What it needs to read the repository.
    ///
    /// # Errors
    /// What is missing in the spec.
    fn access(
        &self,
        _repository: &Sourced<RepositoryUrl>,
    ) -> Result<Option<Prerequisite>, Box<Diagnostic>> {
        Ok(None)
    }

    /// The objects that make it follow a tree.
    fn objects(&self, tree: &Tree<'_>) -> Objects;
}

/// The engines, each with its module.
macro_rules! engines {
    ($($(#[$about:meta])* $variant:ident($module:ident),)*) => {
        /// The engine that a spec chooses.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
        #[schemars(inline)]
        pub enum Chosen {
            $($(#[$about])* $variant {
                /// What this engine has to know.
                #[serde(default)]
                $module: $module::Settings,
            },)*
        }

        impl Deref for Chosen {
            type Target = dyn Settings;

            fn deref(&self) -> &Self::Target {
                match self {
                    $(Self::$variant { $module } => $module,)*
                }
            }
        }

        /// All engines.
        pub const ALL: &[Engine] = &[$($module::ENGINE,)*];
    };
}

engines! {
    /// One Application of Argo CD for the whole tree.
    ArgoCd(argo_cd),
    /// One Kustomization of Flux for each layer.
    Flux(flux),
}

/// Whether the name of an annotation or a label is an engine's own.
#[must_use]
pub fn owner(key: &str) -> Option<&'static Engine> {
    ALL.iter().find(|it| key.starts_with(it.prefix))
}

/// Whether an object's annotations keep an engine from deleting it.
#[must_use]
pub fn is_kept(object: &Node) -> bool {
    ALL.iter().any(|it| (it.is_kept)(object))
}

/// Whether an engine deletes an object and makes it anew where a field cannot change.
#[must_use]
pub fn is_remade(object: &Node) -> bool {
    ALL.iter().any(|it| (it.is_remade)(object))
}

/// The value of an object's annotation.
fn annotation<'a>(object: &'a Node, key: &str) -> Option<&'a str> {
    object.str_at(["metadata", "annotations", key])
}

/// The compiled tree of an environment, as far as an engine has to know it.
pub struct Tree<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// The URL of the repository that holds it.
    pub repository: &'a Sourced<String>,
    /// The branch.
    pub revision: &'a Sourced<String>,
    /// The folder of the repository that holds `out`, empty for its root.
    pub folder: &'a Sourced<String>,
    /// The layers that hold anything.
    pub layers: BTreeSet<Layer>,
    /// What is in it.
    pub reach: Reach<'a>,
}

impl Tree<'_> {
    /// The path of a folder of the project, from the repository's root.
    fn path(&self, folder: &str) -> Node {
        let project = self.folder.as_str();
        let path = if project.is_empty() {
            folder.to_owned()
        } else {
            format!("{project}/{folder}")
        };
        Node::new(path, self.folder.origins.clone())
    }
}

/// Which objects an engine has to touch.
pub struct Reach<'a> {
    /// The namespaces, each with what it is among them for.
    pub namespaces: BTreeMap<&'a str, Origins>,
    /// The kinds of cluster-wide objects, as group and kind.
    pub cluster_kinds: BTreeSet<(String, String)>,
}

impl Reach<'_> {
    /// Whether an object is within it.
    #[must_use]
    pub fn has(&self, identity: &Identity) -> bool {
        let of_cluster = || {
            let kind = (identity.group.clone(), identity.kind.clone());
            self.cluster_kinds.contains(&kind)
        };
        let in_namespace = |it: &String| self.namespaces.contains_key(it.as_str());
        identity
            .namespace
            .as_ref()
            .map_or_else(of_cluster, in_namespace)
    }
}

/// An engine's objects, by their file names.
pub type Objects = BTreeMap<String, Node>;
