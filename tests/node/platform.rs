//! A spec of the tests, compiled, and what it says of itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use kiln::{
    Compilation, components::Flow, diagnostics::Text, files::files, graph::Layer, output::Output,
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

const LAB: &str = include_str!("lab.toml");

/// A compiled spec.
pub struct Platform {
    pub compilation: Compilation,
    /// The traffic that its components declare.
    pub flows: Vec<Flow>,
    folder: tempfile::TempDir,
}

impl Platform {
    /// Compiles the spec of the lab, with some of it said otherwise.
    pub fn compile(otherwise: &str) -> Result<Self, Failure> {
        let platform = Self::compile_anyway(otherwise)?;
        if platform.compilation.diagnostics.has_errors() {
            return Err(platform.said());
        }
        Ok(platform)
    }

    /// Compiles the spec, whatever kiln says of it.
    pub fn compile_anyway(otherwise: &str) -> Result<Self, Failure> {
        let spec = format!("extends = '_lab.toml'\n{otherwise}");
        let world = BTreeMap::from([
            ("environments/_lab.toml".to_owned(), LAB.into()),
            ("environments/lab.toml".to_owned(), spec.into_bytes()),
        ]);
        Ok(Self {
            flows: declared(&world, "lab").flows,
            compilation: kiln::compile(&world, "lab"),
            folder: tempfile::tempdir().map_err(|error| error.to_string())?,
        })
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
        let mut count = 0;
        for layer in Layer::ALL {
            let folder = self.folder.path().join("tree").join(layer.folder());
            if folder.is_dir() {
                count += apply_folder(cluster, &folder)?;
                self.meet(cluster)?;
                cluster.wait_for_workloads()?;
            }
        }
        Ok(count)
    }

    /// Makes the Secrets that the cluster must hold, in the namespaces that are there.
    fn meet(&self, cluster: &Cluster) -> Result<(), Failure> {
        let needed = self.compilation.graph.prerequisites.iter();
        for it in needed.filter(|it| it.object.kind == "Secret") {
            let value = |key: &String| {
                let value = match key.as_str() {
                    "AWS_ACCESS_KEY_ID" => "spark",
                    "MINIO_ROOT_USER" => "root",
                    _ => "a-secret-of-the-lab",
                };
                (key.clone(), json!(value))
            };
            let values: serde_json::Map<_, _> = it.keys.iter().map(value).collect();
            let secret = json!({
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": it.object.name, "namespace": it.object.namespace},
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
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
    let arguments = [
        "apply",
        "--server-side",
        "--force-conflicts",
        "--field-manager=test",
        "--filename=-",
    ];
    cluster.run(&arguments, &list).map(|_| ())
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
