//! A compiled environment, and the cluster that it expects.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use kiln::{
    Compilation,
    components::offers::Operator,
    diagnostics::Text,
    files::files,
    kubernetes::{Identity, versions},
    manifests::Layer,
    manifests::Prerequisite,
    output::Output,
    spec::environments,
    world::{Disk, World},
};
use serde_json::{Value, json};

use crate::support::control_plane::ControlPlane;

/// The group of the operator's kinds.
pub const OPERATOR_GROUP: &str = "sparkoperator.k8s.io";

/// An environment of the repository, compiled into a folder of its own.
pub struct Platform {
    /// Its name.
    pub name: String,
    compilation: Compilation,
    folder: tempfile::TempDir,
    files: Vec<File>,
}

/// A file that is applied.
#[derive(Clone)]
pub struct File {
    /// Where it lies.
    pub path: PathBuf,
    /// The object in it.
    pub object: Value,
}

/// A kind of objects.
struct Kind {
    group: String,
    version: String,
    name: String,
    is_namespaced: bool,
}

impl Platform {
    /// All environments of the repository.
    pub fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let world = Disk::new(root).expect("the repository can be opened");
        let names = environments(&world);
        assert!(!names.is_empty(), "the repository has no environment");
        names
            .iter()
            .map(|name| Self::compile(&world, name))
            .collect()
    }

    /// Compiles an environment, which must have no fault.
    pub fn compile(world: &dyn World, name: &str) -> Self {
        let compilation = kiln::compile(world, name);
        assert!(
            !compilation.diagnostics.has_errors(),
            "{}",
            Text { colour: false }.render(&compilation.diagnostics, &compilation.sources)
        );
        let files = files(&compilation).expect("every value can be written");
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, tree, lock) in [
            ("tree", &files.tree, &files.lock),
            ("delivery", &files.delivery, &files.delivery_lock),
        ] {
            let written = Output::new(folder.path()).write(name, tree, lock);
            written.expect("the tree can be written");
            let found = Output::new(folder.path()).verify(name);
            assert!(
                found.is_ok_and(|it| it.is_empty()),
                "{name} is as its lock says"
            );
        }
        Self {
            name: name.to_owned(),
            compilation,
            files: files_below(&folder.path().join("tree")),
            folder,
        }
    }

    /// The folder of a layer; none when no object is in it.
    pub fn layer(&self, layer: Layer) -> Option<PathBuf> {
        let folder = self.folder.path().join("tree").join(layer.folder());
        folder.is_dir().then_some(folder)
    }

    /// The folder of the engine's own objects; none when the spec names no engine.
    pub fn delivery(&self) -> Option<PathBuf> {
        let folder = self.folder.path().join("delivery");
        folder.is_dir().then_some(folder)
    }

    /// The files of all layers.
    pub fn files(&self) -> Vec<File> {
        self.files.clone()
    }

    /// The files of the engine's own objects.
    pub fn delivered(&self) -> Vec<File> {
        self.delivery().map_or_else(Vec::new, |it| files_below(&it))
    }

    /// The objects of all layers.
    pub fn objects(&self) -> Vec<Value> {
        self.files.iter().map(|it| it.object.clone()).collect()
    }

    /// The Spark operator, which the environment must have.
    pub fn operator(&self) -> &Operator {
        let operator = self.compilation.offers.operator.as_ref();
        operator.expect("the environment has an operator")
    }

    /// Makes what must exist before the first layer: other people's definitions and namespaces.
    pub fn prepare(&self, plane: &ControlPlane) {
        let [definitions, namespaces] = self.foreign();
        define(plane, &definitions);
        apply(plane, &namespaces);
        self.meet_outside(plane);
    }

    /// Makes what must exist outside of the namespaces of the first layer.
    pub fn meet_outside(&self, plane: &ControlPlane) {
        self.meet(plane, |is_in_own_namespace| !is_in_own_namespace);
    }

    /// The definitions and namespaces that somebody else makes.
    pub fn foreign(&self) -> [Vec<Value>; 2] {
        let mut objects = self.objects();
        objects.extend(self.delivered().into_iter().map(|it| it.object));
        [
            self.foreign_definitions(&objects),
            self.foreign_namespaces(&objects),
        ]
    }

    /// Makes what must exist in the namespaces of the first layer.
    pub fn fill_namespaces(&self, plane: &ControlPlane) {
        self.meet(plane, |is_in_own_namespace| is_in_own_namespace);
    }

    /// Makes those prerequisites that are chosen.
    fn meet(&self, plane: &ControlPlane, is_chosen: impl Fn(bool) -> bool) {
        let own = self.own_namespaces();
        let chosen = self.prerequisites().iter().filter(|it| {
            let namespace = it.object.namespace.as_ref();
            is_chosen(namespace.is_some_and(|it| own.contains(it)))
        });
        let objects: Vec<_> = chosen.filter_map(prerequisite).collect();
        apply(plane, &objects);
    }

    /// The definitions of kinds that the environment uses and does not define: the operator's own,
    /// and for all others stubs that take anything.
    fn foreign_definitions(&self, objects: &[Value]) -> Vec<Value> {
        let needed = self.prerequisites();
        let mut definitions = upstream_definitions();
        definitions.retain(|it| {
            let name = text_at(it, "/metadata/name");
            let mut needed = needed.iter();
            needed.any(|it| it.object.kind == "CustomResourceDefinition" && it.object.name == name)
        });
        let used = objects.iter().map(Kind::of);
        let kinds = needed.iter().map(Kind::of_prerequisite).chain(used);
        let mut stubs: BTreeMap<_, _> = kinds
            .filter(|it| !it.is_builtin() && it.group != OPERATOR_GROUP)
            .map(|it| ((it.group.clone(), it.name.clone()), it))
            .collect();
        for object in objects {
            if object["kind"] == "CustomResourceDefinition" {
                let names = ["/spec/group", "/spec/names/kind"];
                let [group, kind] = names.map(|it| text_at(object, it));
                stubs.remove(&(group, kind));
            }
        }
        definitions.extend(stubs.values().map(Kind::stub));
        definitions
    }

    /// The namespaces that the environment uses and does not make.
    fn foreign_namespaces(&self, objects: &[Value]) -> Vec<Value> {
        let of_objects = objects
            .iter()
            .map(|it| it["metadata"]["namespace"].as_str());
        let needed = self.prerequisites().iter();
        let names: BTreeSet<_> = of_objects
            .chain(needed.map(|it| it.object.namespace.as_deref()))
            .flatten()
            .collect();
        let own = self.own_namespaces();
        let foreign = names.into_iter().filter(|it| !own.contains(*it));
        foreign
            .map(|it| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": it}}))
            .collect()
    }

    fn prerequisites(&self) -> &[Prerequisite] {
        &self.compilation.graph.prerequisites
    }

    /// The namespaces that the environment makes.
    pub fn own_namespaces(&self) -> BTreeSet<String> {
        let objects = self.files.iter().map(|it| &it.object);
        let namespaces = objects.filter(|it| it["kind"] == "Namespace");
        namespaces.map(|it| text_at(it, "/metadata/name")).collect()
    }
}

impl Kind {
    fn of(object: &Value) -> Self {
        let api_version = text_at(object, "/apiVersion");
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            name: text_at(object, "/kind"),
            is_namespaced: object["metadata"]["namespace"].is_string(),
        }
    }

    fn of_prerequisite(needed: &Prerequisite) -> Self {
        let Identity {
            group,
            kind,
            namespace,
            ..
        } = &needed.object;
        let version = versions(group, kind).next().unwrap_or("v1");
        Self {
            group: group.clone(),
            version: version.to_owned(),
            name: kind.clone(),
            is_namespaced: namespace.is_some(),
        }
    }

    fn is_builtin(&self) -> bool {
        let is_kubernetes = !self.group.contains('.') || self.group.ends_with(".k8s.io");
        let of_others = [OPERATOR_GROUP, "gateway.networking.k8s.io"];
        is_kubernetes && !of_others.contains(&self.group.as_str())
    }

    /// A definition that takes anything.
    fn stub(&self) -> Value {
        let singular = self.name.to_lowercase();
        let plural = match singular.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{singular}s"),
        };
        json!({
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {
                "name": format!("{plural}.{}", self.group),
                // A server asks it of groups that belong to Kubernetes.
                "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
            },
            "spec": {
                "group": self.group,
                "names": {"kind": self.name, "plural": plural, "singular": singular},
                "scope": if self.is_namespaced { "Namespaced" } else { "Cluster" },
                "versions": [{
                    "name": self.version,
                    "served": true,
                    "storage": true,
                    "schema": {"openAPIV3Schema": {
                        "type": "object",
                        "x-kubernetes-preserve-unknown-fields": true,
                    }},
                }],
            },
        })
    }
}

/// The operator's definitions as upstream ships them: in `KILN_UPSTREAM_CRDS`, or else in
/// `../shared/crds`.
pub fn upstream_definitions() -> Vec<Value> {
    let folder = std::env::var_os("KILN_UPSTREAM_CRDS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/crds"),
        PathBuf::from,
    );
    let files = files_below(&folder);
    assert!(
        !files.is_empty(),
        "KILN_UPSTREAM_CRDS names a folder with the operator's definitions; {} holds none",
        folder.display()
    );
    files.into_iter().map(|it| it.object).collect()
}

/// Makes definitions, and waits until the server serves their kinds.
pub fn define(plane: &ControlPlane, definitions: &[Value]) {
    if definitions.is_empty() {
        return;
    }
    apply(plane, definitions);
    plane.wait_for_definitions();
}

/// Makes objects that are not kiln's.
pub fn apply(plane: &ControlPlane, objects: &[Value]) {
    if objects.is_empty() {
        return;
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    plane.run(
        &[
            "apply",
            "--server-side",
            "--field-manager=test",
            "--filename=-",
        ],
        &list,
    );
}

/// The text at a JSON pointer, which must be there.
pub fn text_at(object: &Value, pointer: &str) -> String {
    let found = object.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("no text at {pointer} in {object}"))
        .to_owned()
}

/// What an environment needs, as an object; definitions are made with the kinds.
fn prerequisite(needed: &Prerequisite) -> Option<Value> {
    if needed.object.kind == "CustomResourceDefinition" {
        return None;
    }
    let kind = Kind::of_prerequisite(needed);
    let api_version = match kind.group.as_str() {
        "" => kind.version,
        group => format!("{group}/{}", kind.version),
    };
    let mut object = json!({
        "apiVersion": api_version,
        "kind": needed.object.kind,
        "metadata": {"name": needed.object.name, "namespace": needed.object.namespace},
    });
    match needed.object.kind.as_str() {
        "Secret" => {
            let values = needed
                .keys
                .iter()
                .map(|key| (key.clone(), json!(format!("the-{key}"))));
            object["stringData"] = Value::Object(values.collect());
        }
        "StorageClass" => object["provisioner"] = json!("example.com/none"),
        "PersistentVolumeClaim" => {
            object["spec"] = json!({
                "accessModes": ["ReadWriteMany"],
                "resources": {"requests": {"storage": "1Gi"}},
            });
        }
        "RuntimeClass" => object["handler"] = json!("none"),
        "PriorityClass" => object["value"] = json!(1000),
        _ => {}
    }
    Some(object)
}

/// The YAML files at or below a folder, in the order of their paths.
pub fn files_below(folder: &Path) -> Vec<File> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    let mut paths: Vec<_> = entries
        .map(|it| it.expect("an entry of the folder").path())
        .collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(files_below(&path));
        } else if path.extension().is_some_and(|it| it == "yaml") {
            let text = fs::read_to_string(&path).expect("the file can be read");
            let object = serde_yaml::from_str(&text).expect("the file is YAML");
            found.push(File { path, object });
        }
    }
    found
}
