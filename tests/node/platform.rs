//! A spec of the tests, compiled, and what it says of itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use kiln::{
    Compilation,
    diagnostics::Text,
    files::files,
    manifests::{Flow, Layer},
    output::Output,
};
use serde_json::{Value, json};

use crate::{
    cluster::{Cluster, Failure, text},
    declared::declared,
};

/// As an engine applies, and stricter: a warning is a failure.
const APPLY: [&str; 4] = [
    "apply",
    "--server-side",
    "--validate=strict",
    "--field-manager=kiln",
];

/// The spec of an environment, and the files beside it.
#[derive(Clone)]
pub struct Spec {
    pub environment: &'static str,
    files: BTreeMap<String, Vec<u8>>,
}

impl Spec {
    /// What the tests are about: everything that runs Spark.
    pub fn of_the_lab() -> Self {
        let file = |path: &str, text: &str| (format!("environments/{path}"), text.into());
        Self {
            environment: "lab",
            files: BTreeMap::from([
                file("_node.toml", include_str!("lab.toml")),
                file("extra/report.yaml", include_str!("report.yaml")),
            ]),
        }
    }

    /// An environment of the repository, with what `otherwise` says differently on the node.
    pub fn of_the_repository(environment: &'static str, otherwise: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments");
        let mut files = BTreeMap::from([(
            "environments/_node.toml".to_owned(),
            otherwise.as_bytes().to_vec(),
        )]);
        for (path, as_path) in [
            ("_base.toml".to_owned(), "_base.toml".to_owned()),
            (
                format!("{environment}.toml"),
                format!("_{environment}.toml"),
            ),
            (
                "extra/disruption-budgets.yaml".to_owned(),
                "extra/disruption-budgets.yaml".to_owned(),
            ),
        ] {
            let text = fs::read(folder.join(path)).expect("the repository has it");
            files.insert(format!("environments/{as_path}"), text);
        }
        Self { environment, files }
    }

    /// The same without a table, which no other spec can take back.
    pub fn without(mut self, table: &str) -> Self {
        for text in self.files.values_mut() {
            let whole = String::from_utf8_lossy(text).into_owned();
            if let Some((before, rest)) = whole.split_once(&format!("{table}\n")) {
                let after = rest.find("\n[").map_or("", |at| &rest[at..]);
                *text = format!("{before}{after}").into_bytes();
            }
        }
        self
    }
}

/// A compiled spec.
pub struct Platform {
    pub spec: Spec,
    /// What is said otherwise than in the spec.
    pub otherwise: String,
    pub compilation: Compilation,
    /// The traffic that its components declare.
    pub flows: Vec<Flow>,
    folder: tempfile::TempDir,
}

impl Platform {
    /// Compiles a spec, with some of it said otherwise.
    pub fn compile(spec: &Spec, otherwise: &str) -> Result<Self, Failure> {
        let platform = Self::compile_anyway(spec, otherwise)?;
        if platform.compilation.diagnostics.has_errors() {
            return Err(platform.said());
        }
        Ok(platform)
    }

    /// Compiles a spec, whatever kiln says of it.
    pub fn compile_anyway(spec: &Spec, otherwise: &str) -> Result<Self, Failure> {
        let mut world = spec.files.clone();
        let text = format!("extends = '_node.toml'\n{otherwise}");
        let path = format!("environments/{}.toml", spec.environment);
        world.insert(path, text.into_bytes());
        Ok(Self {
            spec: spec.clone(),
            otherwise: otherwise.to_owned(),
            flows: declared(&world, spec.environment).flows,
            compilation: kiln::compile(&world, spec.environment),
            folder: tempfile::tempdir().map_err(|error| error.to_string())?,
        })
    }

    /// Compiles the same, with more of it said otherwise.
    pub fn with(&self, more: &str) -> Result<Self, Failure> {
        Self::compile(&self.spec, &format!("{}\n{more}\n", self.otherwise))
    }

    /// What kiln says of the spec.
    pub fn said(&self) -> String {
        let compilation = &self.compilation;
        Text { colour: false }.render(&compilation.diagnostics, &compilation.sources)
    }

    /// Applies everything as it is compiled, layer by layer; what a layer needs beside is made before,
    /// and its workloads are ready before the next.
    pub fn apply(&self, cluster: &Cluster) -> Result<usize, Failure> {
        let files = files(&self.compilation).map_err(|_| "a value cannot be written")?;
        let output = Output::new(self.folder.path());
        let written = output.write("tree", &files.tree, &files.lock);
        written.map_err(|error| format!("{error:?}"))?;
        self.prepare(cluster)?;
        let mut count = 0;
        for layer in Layer::ALL {
            let folder = self.folder.path().join("tree").join(layer.folder());
            if folder.is_dir() {
                count += apply_folder(cluster, &folder)?;
                self.provide_secrets(cluster)?;
                cluster.wait_for_workloads()?;
            }
        }
        Ok(count)
    }

    /// The objects as the cluster has them, of a platform that was applied.
    pub fn live(&self, cluster: &Cluster) -> Result<Vec<Value>, Failure> {
        let tree = self.folder.path().join("tree").display().to_string();
        cluster.get(&["--recursive", "--ignore-not-found", "--filename", &tree])
    }

    /// Makes the namespaces, and the definitions, that the cluster must hold before anything is applied.
    fn prepare(&self, cluster: &Cluster) -> Result<(), Failure> {
        for it in &self.compilation.graph.prerequisites {
            let name = it.object.name.as_str();
            match it.object.kind.as_str() {
                "Namespace" => apply(cluster, &[namespace(name)])?,
                "CustomResourceDefinition" => {
                    apply(cluster, &[definition(name)])?;
                    let definition = format!("customresourcedefinition/{name}");
                    cluster.run(&["wait", "--for=condition=Established", &definition], "")?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes the Secrets that the cluster must hold, and those that External Secrets would fetch, in
    /// the namespaces that are there.
    fn provide_secrets(&self, cluster: &Cluster) -> Result<(), Failure> {
        let needed = self.compilation.graph.prerequisites.iter();
        let needed = needed.filter(|it| it.object.kind == "Secret").map(|it| {
            let namespace = it.object.namespace.as_deref().unwrap_or_default();
            (
                namespace.to_owned(),
                it.object.name.clone(),
                it.keys.clone(),
            )
        });
        let fetched = self.objects(&["ExternalSecret"]).into_iter().map(|it| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let data = it["spec"]["data"].as_array().cloned().unwrap_or_default();
            (
                text(&it["metadata"]["namespace"]),
                text(&it["spec"]["target"]["name"]),
                data.iter().map(|it| text(&it["secretKey"])).collect(),
            )
        });
        for (namespace, name, keys) in needed.chain(fetched) {
            let value = |key: &String| {
                let value = match key.as_str() {
                    "AWS_ACCESS_KEY_ID" => "spark",
                    "MINIO_ROOT_USER" => "root",
                    ".dockerconfigjson" => r#"{"auths": {}}"#,
                    _ => "a-secret-of-the-lab",
                };
                (key.clone(), json!(value))
            };
            let is_of_a_registry = keys.iter().any(|it| it == ".dockerconfigjson");
            let values: serde_json::Map<_, _> = keys.iter().map(value).collect();
            let secret = json!({
                "apiVersion": "v1",
                "kind": "Secret",
                "type": if is_of_a_registry { "kubernetes.io/dockerconfigjson" } else { "Opaque" },
                "metadata": {"name": name, "namespace": namespace},
                "stringData": values,
            });
            apply(cluster, &[secret])?;
        }
        Ok(())
    }

    /// The compiled objects of some kinds.
    pub fn objects(&self, kinds: &[&str]) -> Vec<Value> {
        let members = self.compilation.graph.members.iter();
        members
            .filter(|it| kinds.contains(&it.object.identity().kind.as_str()))
            .map(|it| it.object.node().to_json())
            .collect()
    }

    /// The namespaces that the spec makes.
    pub fn namespaces(&self) -> BTreeSet<String> {
        let namespaces = self.objects(&["Namespace"]);
        let names = namespaces.iter().map(|it| &it["metadata"]["name"]);
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// Makes objects that are not the platform's.
pub fn apply(cluster: &Cluster, objects: &[Value]) -> Result<(), Failure> {
    apply_as(cluster, "test", objects)
}

/// Applies objects for somebody, whoever has applied them before.
pub fn apply_as(cluster: &Cluster, manager: &str, objects: &[Value]) -> Result<(), Failure> {
    let manager = format!("--field-manager={manager}");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    let arguments = [
        "apply",
        "--server-side",
        "--force-conflicts",
        &manager,
        "--filename=-",
    ];
    cluster.run(&arguments, &list).map(|_| ())
}

/// A namespace.
pub fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// A definition that accepts every object, by its name, such as `externalsecrets.external-secrets.io`.
fn definition(name: &str) -> Value {
    let (plural, group) = name.split_once('.').expect("the group follows the plural");
    let kind = match plural {
        "externalsecrets" => "ExternalSecret",
        _ => panic!("the lab does not know the kind of {plural}"),
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural},
            "scope": "Namespaced",
            "versions": [{
                "name": "v1",
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

fn apply_folder(cluster: &Cluster, folder: &Path) -> Result<usize, Failure> {
    let path = folder.display().to_string();
    let arguments = [&APPLY[..], &["--recursive", "--filename", &path]].concat();
    let output = cluster.kubectl(&arguments, "");
    let said = text(&output.stderr);
    if !output.status.success() || !said.is_empty() {
        return Err(format!("{path}: {said}"));
    }
    Ok(text(&output.stdout).lines().count())
}
