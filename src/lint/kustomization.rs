//! What kustomizations do with the files that they name, as far as manifests are judged by it.
//!
//! kiln does not run kustomize: patches are left to it, and of the rest only what a file is sure to get is put
//! into its objects: the namespace, and the versions of images.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{document::Node, kubernetes::Scope, values::ImageParts};

/// The names that kustomize reads.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// How many kustomizations may take in one file before it is left as it stands.
const MOST: usize = 64;

/// The kustomizations among some files.
#[derive(Default)]
pub struct Kustomizations {
    /// By their folders.
    all: BTreeMap<String, Kustomization>,
    /// The files that one of them applies as a patch.
    patches: BTreeSet<String>,
    /// The folders of those that take in a file, or another folder.
    takers: BTreeMap<String, Vec<String>>,
}

struct Kustomization {
    namespace: Option<Node>,
    /// What makes a reference whole, by the name of the image.
    images: BTreeMap<String, Image>,
}

/// What a kustomization makes of an image.
struct Image {
    name: Option<String>,
    tag: Option<String>,
    digest: Option<String>,
}

/// Whether a file holds a kustomization, by its name.
pub fn is_kustomization(path: &str) -> bool {
    NAMES.contains(&path.rsplit('/').next().unwrap_or(path))
}

impl Kustomizations {
    /// Takes in one, by its path.
    pub fn add(&mut self, path: &str, node: &Node) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let taken = ["resources", "bases", "components"].map(|it| node.list_at([it]));
        for name in taken.into_iter().flatten().filter_map(Node::as_str) {
            let taken = join(folder, name);
            self.takers
                .entry(taken)
                .or_default()
                .push(folder.to_owned());
        }
        let written = node.list_at(["patchesStrategicMerge"]).iter();
        let named = ["patches", "patchesJson6902"].map(|it| node.list_at([it]));
        let named = named.into_iter().flatten().filter_map(|it| it.get("path"));
        let patches = written.chain(named).filter_map(Node::as_str);
        // An inline patch is not a path.
        let patches = patches.filter(|it| !it.contains('\n'));
        self.patches.extend(patches.map(|it| join(folder, it)));
        let images = node.list_at(["images"]).iter().filter_map(|image| {
            let text = |key| image.get(key).and_then(scalar);
            let made = Image {
                name: text("newName"),
                tag: text("newTag"),
                digest: text("digest"),
            };
            Some((image.str_at(["name"])?.to_owned(), made))
        });
        let kustomization = Kustomization {
            namespace: node
                .get("namespace")
                .filter(|it| it.as_str().is_some())
                .cloned(),
            images: images.collect(),
        };
        self.all.insert(folder.to_owned(), kustomization);
    }

    /// Whether a file is a patch, which is not an object by itself.
    pub fn is_patch(&self, path: &str) -> bool {
        self.patches.contains(path)
    }

    /// Puts into an object what every kustomization that takes it in has for it.
    pub fn apply(&self, path: &str, object: &mut Node) {
        let takers = self.takers_of(path);
        let namespaces: BTreeSet<&str> = takers
            .iter()
            .filter_map(|it| it.namespace.as_ref()?.as_str())
            .collect();
        let namespace = takers.iter().find_map(|it| it.namespace.as_ref());
        if let (Some(namespace), 1) = (namespace, namespaces.len()) {
            set_namespace(object, namespace);
        }
        let has_images = takers.iter().any(|it| !it.images.is_empty());
        if has_images {
            set_images(object, &takers);
        }
    }

    /// The kustomizations that take a file in, by way of others or not.
    fn takers_of(&self, path: &str) -> Vec<&Kustomization> {
        let direct = |path: &str| self.takers.get(path).into_iter().flatten();
        let mut waiting: VecDeque<&String> = direct(path).collect();
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        while let Some(folder) = waiting.pop_front() {
            if !seen.insert(folder) {
                continue;
            }
            if seen.len() > MOST {
                return Vec::new();
            }
            found.extend(self.all.get(folder));
            waiting.extend(direct(folder));
        }
        found
    }
}

/// What a kustomization calls an object's namespace: that of whatever has one, and the name of a Namespace.
fn set_namespace(object: &mut Node, namespace: &Node) {
    let kind = object.str_at(["kind"]).unwrap_or_default();
    let group = object
        .str_at(["apiVersion"])
        .and_then(|it| it.split_once('/'))
        .map_or("", |(group, _)| group);
    if kind == "Namespace" && group.is_empty() {
        object
            .entry_at(&["metadata"])
            .insert("name", namespace.clone());
    } else if crate::kubernetes::scope(group, kind) == Some(Scope::Namespaced) {
        object
            .entry_at(&["metadata"])
            .insert("namespace", namespace.clone());
    }
}

/// Gives the images of containers the versions that a kustomization states.
fn set_images(node: &mut Node, takers: &[&Kustomization]) {
    if let Some(map) = node.as_map_mut() {
        for (key, value) in map.iter_mut() {
            if matches!(key.as_str(), "containers" | "initContainers") {
                for container in value.children_mut() {
                    set_image(container, takers);
                }
            }
        }
    }
    for child in node.children_mut() {
        set_images(child, takers);
    }
}

fn set_image(container: &mut Node, takers: &[&Kustomization]) {
    let Some(image) = container.as_map_mut().and_then(|it| it.get_mut("image")) else {
        return;
    };
    let Some(reference) = image.as_str().map(str::to_owned) else {
        return;
    };
    let parts = ImageParts::of(&reference);
    let Some(made) = takers.iter().find_map(|it| it.images.get(parts.name)) else {
        return;
    };
    let name = made.name.as_deref().unwrap_or(parts.name);
    let changed = match (&made.tag, &made.digest) {
        (_, Some(digest)) => format!("{name}@{digest}"),
        (Some(tag), None) => format!("{name}:{tag}"),
        (None, None) => format!("{name}{}", &reference[parts.name.len()..]),
    };
    image.value = changed.into();
}

/// A text, or a number that somebody left without quotes.
fn scalar(node: &Node) -> Option<String> {
    let number = || node.as_integer().map(|it| it.to_string());
    node.as_str().map(str::to_owned).or_else(number)
}

/// A path that a file in a folder names, without `.` and `..`.
pub(super) fn join(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| *it != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if folder.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}
